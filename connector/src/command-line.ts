import { InvalidInput } from '@chat/contract';
import { parseArgs } from 'node:util';
import * as v from 'valibot';
import type { Config } from './config/config.ts';
import { describeSettings } from './config/describe.ts';
import { loadConfig } from './config/load.ts';
import { TableName } from './config/values.ts';

const USAGE = `Usage: connector [command] [[--config] file.json | file.env]

Publishes row changes from Postgres to Ably until it is stopped. With a command, does only this:

  --check           reports problems, and what a start would change in the database; changes nothing
  --setup           makes triggers and control table match the configuration
  --set-aside       lists the row changes that were set aside, with their reasons
  --retry <ids>     publishes these row changes after all: numbers of --set-aside with commas, or all
  --discard <ids>   deletes these row changes that were set aside
  --replay <table>  publishes the present rows of a captured table as INSERTs
    --where <sql>     only the rows that meet this condition
  --help            also lists the settings

--discard and --replay show how many rows they concern and ask; --yes answers.
Without a file, the settings come from the environment.`;

/** Numbers of rows in outbox_set_aside; null means all of them. */
export type Ids = readonly string[] | null;

const IDS = 'needs numbers with commas between them, or all';

const IdsSchema = v.union(
  [
    v.pipe(
      v.literal('all'),
      v.transform((): Ids => null),
    ),
    v.pipe(
      v.string(),
      v.regex(/^\d{1,18}(,\d{1,18})*$/, IDS),
      v.transform((text): Ids => text.split(',')),
    ),
  ],
  IDS,
);

/** What the command line asks for. */
export type Action =
  | { readonly action: 'run' | 'check' | 'setup' | 'help' }
  | { readonly action: 'set-aside' }
  | { readonly action: 'retry'; readonly ids: Ids }
  | { readonly action: 'discard'; readonly ids: Ids; readonly yes: boolean }
  | {
      readonly action: 'replay';
      readonly table: string;
      readonly where?: string | undefined;
      readonly yes: boolean;
    };

export type Command = Action & { readonly path?: string | undefined };

/** @throws Error with the usage, for unknown or contradictory options */
export function parseCommandLine(args?: readonly string[]): Command {
  try {
    const { values, positionals } = parseArgs({
      args: args && [...args],
      options: {
        config: { type: 'string' },
        check: { type: 'boolean' },
        setup: { type: 'boolean' },
        'set-aside': { type: 'boolean' },
        retry: { type: 'string' },
        discard: { type: 'string' },
        replay: { type: 'string' },
        where: { type: 'string' },
        yes: { type: 'boolean' },
        help: { type: 'boolean' },
      },
      allowPositionals: true,
    });
    const paths = [...(values.config === undefined ? [] : [values.config]), ...positionals];
    if (paths.length > 1) throw new Error(`Name one configuration file, not ${paths.join(' and ')}`);
    return { ...toAction(values), path: paths[0] };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new Error(`${message}\n${USAGE}`, { cause: error });
  }
}

interface Values extends Readonly<
  Partial<Record<'check' | 'setup' | 'set-aside' | 'help' | 'yes', boolean>>
> {
  readonly retry?: string;
  readonly discard?: string;
  readonly replay?: string;
  readonly where?: string;
}

function toAction(values: Values): Action {
  if (values.help) return { action: 'help' };
  const commands = (['check', 'setup', 'set-aside', 'retry', 'discard', 'replay'] as const).filter(
    (name) => values[name] !== undefined,
  );
  const [action = 'run'] = commands;
  if (commands.length > 1) {
    throw new Error(`Use either ${commands.map((name) => `--${name}`).join(' or ')}, not both`);
  }
  const { retry = '', discard = '', replay = '', where, yes = false } = values;
  if (where !== undefined && action !== 'replay') throw new Error('--where belongs to --replay');
  if (yes && action !== 'replay' && action !== 'discard')
    throw new Error('--yes belongs to --replay or --discard');
  if (action === 'retry') return { action, ids: parseIds('--retry', retry) };
  if (action === 'discard') return { action, ids: parseIds('--discard', discard), yes };
  if (action === 'replay') {
    const table = v.safeParse(TableName, replay);
    if (!table.success) throw new Error(`--replay ${table.issues[0].message}`);
    return { action, table: replay, where, yes };
  }
  return { action };
}

function parseIds(option: string, text: string): Ids {
  const ids = v.safeParse(IdsSchema, text);
  if (!ids.success) throw new Error(`${option} ${IDS}`);
  return ids.output;
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
