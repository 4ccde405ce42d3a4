import { InvalidInput } from '@chat/contract';
import { parseArgs } from 'node:util';
import { loadConfig } from './config-file.ts';
import type { Config } from './config.ts';
import { startConnector } from './connector.ts';
import { createLogger, type Logger } from './logger.ts';

/** Orchestrators kill after 10 s. Leaving earlier is safe at any moment: the outbox knows what is unfinished. In ms. */
const FIRM_EXIT = 9_000;

const config = readConfig();
const logger = createLogger(config.logLevel);
const stopping = listenForSignals(logger);
try {
  const connector = await startConnector(config, { logger, signal: stopping });
  logger.info({ health: connector.healthUrl, node: connector.node }, 'ready');
  await aborted(stopping);
  await connector.stop();
  logger.info('stopped');
  process.exit(0); // a publish that was not finished in time would keep the process
} catch (error) {
  // Giving up the wait for the database is what a signal asked for; everything else is a fault.
  if (error !== stopping.reason) {
    logger.fatal(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}

function readConfig(): Config {
  try {
    const { values, positionals } = parseArgs({
      options: { config: { type: 'string' } },
      allowPositionals: true,
    });
    return loadConfig(values.config ?? positionals[0]);
  } catch (error) {
    if (error instanceof InvalidInput) {
      console.error(['The connector cannot start with this configuration:', ...error.problems].join('\n  '));
    } else {
      console.error(`${String(error)}\nUsage: connector [--config] [file.json | file.env]`);
    }
    process.exit(1);
  }
}

/** A signal asks politely; too long a wait after it ends the process. */
function listenForSignals(logger: Logger): AbortSignal {
  const controller = new AbortController();
  const onSignal = (signal: NodeJS.Signals) => {
    // Ctrl-C reaches us from the terminal and again through npm: only the clock tells that politeness has failed.
    if (controller.signal.aborted) return;
    logger.info({ signal }, 'stopping');
    controller.abort();
    setTimeout(() => {
      logger.warn('stopping takes too long; leaving what is unfinished in the outbox');
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
