import { check } from './setup/check.ts';
import { readCommand } from './command-line.ts';
import type { Config } from './config/config.ts';
import { startConnector } from './connector.ts';
import { createLogger, type Logger } from './monitoring/logger.ts';
import { setUp } from './set-up.ts';

/**
 * Orchestrators kill after 10 s. Exiting earlier is always safe: the outbox records what is
 * unfinished. In ms.
 */
const FIRM_EXIT = 9_000;

const command = readCommand();
const { config } = command;
switch (command.action) {
  case 'run':
  case 'help':
    await run(config);
    break;
  case 'check':
    await printCheck(config);
    break;
  case 'setup':
    await runSetUp(config);
    break;
  default: {
    const { operate } = await import('./operating/operate.ts');
    await operate(command, config).catch((error: unknown) => {
      console.error(error instanceof Error ? error.message : error);
      process.exitCode = 1;
    });
  }
}

async function run(config: Config): Promise<void> {
  const logger = createLogger(config.logLevel);
  const stopping = listenForSignals(logger);
  try {
    const connector = await startConnector(config, { logger, signal: stopping });
    logger.info({ health: connector.healthUrl, node: connector.node }, 'ready');
    await aborted(stopping);
    await connector.stop();
    logger.info('stopped');
    process.exit(0); // an unfinished publish would keep the process alive
  } catch (error) {
    // A signal that aborts the wait for the database is not a failure.
    if (error !== stopping.reason) {
      logger.fatal(error instanceof Error ? error.message : error);
      process.exitCode = 1;
    }
  }
}

async function printCheck(config: Config): Promise<void> {
  const { fine, changes, problems } = await check(config);
  for (const line of fine) console.log(`ok     ${line}`);
  for (const line of changes) console.log(`change ${line}`);
  for (const line of problems) console.log(`WRONG  ${line}`);
  if (problems.length > 0) process.exitCode = 1;
  else
    console.log(changes.length > 0 ? 'A start would make these changes.' : 'A start would change nothing.');
}

async function runSetUp(config: Config): Promise<void> {
  const logger = createLogger(config.logLevel);
  try {
    const report = await setUp(config, (error) => logger.warn({ reason: error.message }));
    logger.info(report, 'control table and triggers match the configuration');
  } catch (error) {
    logger.fatal(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}

/** Returns a signal that SIGTERM and SIGINT abort; exits if stopping takes too long after it. */
function listenForSignals(logger: Logger): AbortSignal {
  const controller = new AbortController();
  const onSignal = (signal: NodeJS.Signals) => {
    // Ctrl-C arrives twice, from the terminal and through npm: a second signal must not exit at
    // once.
    if (controller.signal.aborted) return;
    logger.info({ signal }, 'stopping');
    controller.abort();
    setTimeout(() => {
      logger.warn('stopping takes too long; exiting with unfinished batches in the outbox');
      process.exit(0);
    }, FIRM_EXIT).unref();
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  return controller.signal;
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
