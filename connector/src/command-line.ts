import { InvalidInput } from '@chat/contract';
import { parseArgs } from 'node:util';
import { loadConfig } from './config-file.ts';
import type { Config } from './config.ts';

const USAGE = `Usage: connector [--check | --setup] [--config] [file.json | file.env]

Publishes row changes from Postgres to Ably until it is stopped.

  --check   changes nothing: says what is wrong, and what a start would change in the database
  --setup   brings triggers and control table in line with the configuration, and ends

Without a file the environment is read. Every key is explained in connector-config/README.md.`;

export interface Command {
  readonly action: 'run' | 'check' | 'setup' | 'help';
  readonly path?: string | undefined;
}

/** @throws Error with the usage, for unknown options */
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
    if (paths.length > 1) throw new Error(`Only one configuration can be read, not ${paths.join(' and ')}`);
    if (values.check && values.setup) throw new Error('--check changes nothing and --setup does: choose one');
    const action = values.help ? 'help' : values.check ? 'check' : values.setup ? 'setup' : 'run';
    return { action, path: paths[0] };
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`, { cause: error });
  }
}

/** Reads everything that the process is told from outside; ends it with 1 when that cannot work. */
export function readCommand(): Command & { readonly config: Config } {
  try {
    const command = parseCommandLine();
    if (command.action === 'help') {
      console.log(USAGE);
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
