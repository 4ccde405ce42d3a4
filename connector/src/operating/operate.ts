import { createInterface } from 'node:readline/promises';
import type { Action } from '../command-line.ts';
import type { Config } from '../config/config.ts';
import { openDatabase, type Database } from '../database.ts';
import { ConnectorError } from '../errors.ts';
import { ensureMigrated } from '../setup/plan.ts';
import { countReplay, findReplay, replayRows } from './replay.ts';
import { countSetAside, discardSetAside, listSetAside, retrySetAside } from './set-aside-rows.ts';

/** What an operator does with the rows of a running or stopped connector. */
export type Operation = Extract<Action, { action: 'set-aside' | 'retry' | 'discard' | 'replay' }>;

/** A replay copies a whole table. In ms. */
const PATIENCE = 3_600_000;

/** Puts a question to the operator. */
export type Ask = (question: string) => Promise<boolean>;

/** Does what the operator wants, and prints the outcome. */
export async function operate(
  operation: Operation,
  config: Config,
  ask: Ask = askAtTerminal(process),
): Promise<void> {
  const database = openDatabase(config.dbConfig, () => undefined, PATIENCE);
  try {
    await ensureMigrated(database);
    console.log(await carryOut(operation, database, config, ask));
  } finally {
    await database.close();
  }
}

async function carryOut(
  operation: Operation,
  database: Database,
  { connector: routes }: Config,
  ask: Ask,
): Promise<string> {
  switch (operation.action) {
    case 'set-aside':
      return describeSetAside(await listSetAside(database));
    case 'retry':
      return `put ${count(await retrySetAside(database, operation.ids))} back into the outbox`;
    case 'discard': {
      const found = await countSetAside(database, operation.ids);
      if (found === 0) return 'no row changes to discard';
      const agreed = operation.yes || (await ask(`Discard ${count(found)} that will never be published?`));
      if (!agreed) return 'discarded nothing';
      return `discarded ${count(await discardSetAside(database, operation.ids))}`;
    }
    case 'replay': {
      const replay = await findReplay(database, routes, operation);
      const rows = await countReplay(database, replay);
      if (rows === 0) return `no rows of ${operation.table} to publish`;
      const question = `Publish ${rows} rows of ${operation.table} to ${replay.channels.join(', ')}?`;
      if (!operation.yes && !(await ask(question))) return 'published nothing';
      return `put ${await replayRows(database, replay)} rows of ${operation.table} into the outbox`;
    }
    default:
      return operation satisfies never;
  }
}

const count = (changes: number) => `${changes} row ${changes === 1 ? 'change' : 'changes'}`;

function describeSetAside({ rows, total }: Awaited<ReturnType<typeof listSetAside>>): string {
  const lines = rows.map(
    ({ id, at, channel, status, code, reason, bytes }) =>
      `${id}  ${at}  channel ${channel}, ${bytes} bytes stored, status ${status}, code ${code}: ${reason}`,
  );
  const more = total > rows.length ? [`and ${total - rows.length} more`] : [];
  return [...lines, ...more, `${count(total)} set aside`].join('\n');
}

/** Of the process: a terminal, or what replaces one. */
interface Terminal {
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly stdout: NodeJS.WritableStream;
}

/** Its questions fail with a ConnectorError where no person can answer. */
export function askAtTerminal({ stdin, stdout }: Terminal): Ask {
  return async (question) => {
    if (!stdin.isTTY) {
      throw new ConnectorError(`${question} Nothing was done: without a terminal, --yes is the answer`);
    }
    const terminal = createInterface({ input: stdin, output: stdout });
    const answer = await terminal.question(`${question} [y/N] `);
    terminal.close();
    return /^y(es)?$/i.test(answer.trim());
  };
}
