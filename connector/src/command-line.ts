import { InvalidInput } from '@chat/contract';
import { parseArgs } from 'node:util';
import type { Config } from './config/config.ts';
import { describeSettings } from './config/describe.ts';
import { loadConfig } from './config/load.ts';

const USAGE = `Usage: connector [--check | --setup] [[--config] file.json | file.env]

Publishes row changes from Postgres to Ably until it is stopped.

  --check   reports problems, and what a start would change in the database; changes nothing
  --setup   makes triggers and control table match the configuration, then exits
  --help    also lists the settings

Without a file, the settings come from the environment.`;

export interface Command {
  readonly action: 'run' | 'check' | 'setup' | 'help';
  readonly path?: string | undefined;
}

/** @throws Error with the usage, for unknown or contradictory options */
export function parseCommandLine(args?: readonly string[]): Command {
  try {
    const { values, positionals } = parseArgs({
      args: args && [...args],
      options: {
        config: { type: 'string' },
        check: { type: 'boolean', default: false },
        setup: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
      allowPositionals: true,
    });
    const paths = [...(values.config === undefined ? [] : [values.config]), ...positionals];
    if (paths.length > 1) throw new Error(`Name one configuration file, not ${paths.join(' and ')}`);
    if (values.check && values.setup) throw new Error('Use either --check or --setup, not both');
    const action = values.help ? 'help' : values.check ? 'check' : values.setup ? 'setup' : 'run';
    return { action, path: paths[0] };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new Error(`${message}\n${USAGE}`, { cause: error });
  }
}

/**
 * Reads the command line and the configuration; exits with 1 and every problem if they are invalid.
 */
export function readCommand(): Command & { readonly config: Config } {
  try {
    const command = parseCommandLine();
    if (command.action === 'help') {
      console.log(`${USAGE}\n\n${describeSettings()}`);
      process.exit(0);
    }
    return { ...command, config: loadConfig(command.path) };
  } catch (error) {
    if (error instanceof InvalidInput) {
      console.error(['The connector cannot start with this configuration:', ...error.problems].join('\n  '));
    } else {
      console.error(error instanceof Error ? error.message : error);
    }
    process.exit(1);
  }
}
