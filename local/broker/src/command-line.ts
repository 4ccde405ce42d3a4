import { InvalidInput, parseInput } from '@chat/contract';
import { ablyApiKey, flag, listenHost, listenPort, oneOf } from '@chat/contract/settings';
import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import * as v from 'valibot';
import { PLAN_NAMES, type PlanName } from './plan/plans.ts';

const USAGE = `Usage: npm run broker -- [options]

Runs an Ably-compatible broker until it is stopped. Clients connect in plain HTTP, without TLS.

  --host <address>   address to listen on; default 127.0.0.1, this machine only
  --port <number>    default 0: any free port
  --key <key>        an API key, <app>.<key>:<secret>, with every capability; may be repeated.
                     Default: a random key, which is printed
  --plan <name>      enforces the limits of an Ably plan: free, standard or pro; default none
  --json             prints one machine-readable line when ready
  --help             prints this text`;

const ArgumentsSchema = v.objectWithRest(
  {
    '--host': v.optional(listenHost, '127.0.0.1'),
    '--port': v.optional(listenPort, 0),
    '--key': v.optional(v.array(ablyApiKey), () => [`local.dev:${randomBytes(12).toString('base64url')}`]),
    '--plan': v.optional(oneOf(PLAN_NAMES), 'none'),
    '--json': v.optional(flag, false),
  },
  v.never('is not an option of the broker'),
);

export interface Arguments {
  host: string;
  port: number;
  /** At least one. */
  keys: string[];
  plan: PlanName;
  json: boolean;
}

/**
 * Parses the command line.
 * @returns undefined for --help
 * @throws InvalidInput naming every wrong argument, never with a key
 */
export function parseArguments(args: readonly string[]): Arguments | undefined {
  const { values, positionals } = parseArgs({
    args: [...args],
    strict: false, // so that the schema reports all problems at once
    allowPositionals: true,
    options: {
      host: { type: 'string' },
      port: { type: 'string' },
      key: { type: 'string', multiple: true },
      plan: { type: 'string' },
      json: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  const { help, ...options } = values;
  if (help) return undefined;
  const named = Object.entries(options).map(([name, value]) => [`--${name}`, value]);
  const unexpected = positionals.map((text) => [text, true]);
  const parsed = parseInput(
    ArgumentsSchema,
    Object.fromEntries([...named, ...unexpected]),
    'The command line',
  );
  return {
    host: parsed['--host'],
    port: parsed['--port'],
    keys: parsed['--key'],
    plan: parsed['--plan'],
    json: parsed['--json'],
  };
}

/** Returns the arguments. Prints the usage and exits with 0 for --help, with 1 for a problem. */
export function readArguments(): Arguments {
  try {
    const parsed = parseArguments(process.argv.slice(2));
    if (parsed) return parsed;
    console.log(USAGE);
    process.exit(0);
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    console.error(`${['The broker cannot start:', ...error.problems].join('\n  ')}\n\n${USAGE}`);
    process.exit(1);
  }
}
