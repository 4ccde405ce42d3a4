import { randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import type { TestDatabase } from './postgres.ts';

/** People who write, edit and delete, while bulk statements change thousands of rows. */
export interface BusyChat {
  /** Resolves once every writer has ended, after `ms`. */
  readonly done: Promise<unknown>;
}

const BULK = `update chat_data set msg_data = $1 where hashtext(msg_id) % 3 = $2`;

/** One person's transactions: most have one statement, some change a row twice or several rows. */
const STATEMENTS = [
  `insert into chat_data (msg_id, msg_data) values ($1, 'new')`,
  `insert into chat_data (msg_id, msg_data) select $1 || '-' || i, 'new' from generate_series(1, 20) as i`,
  `update chat_data set msg_data = $1 where msg_id = (
     select msg_id from chat_data order by incremental_record_id desc offset floor(random() * 30) limit 1)`,
  `update chat_data set msg_data = $1 where msg_id = (
     select msg_id from chat_data order by hashtext(msg_id || $1) limit 1)`,
  `delete from chat_data where msg_id = (
     select msg_id from chat_data order by hashtext($1 || msg_id) limit 1)`,
  // Brings a deleted row back.
  `insert into chat_data (msg_id, msg_data) values ('again' || length($1), 'new')
   on conflict (msg_id) do update set msg_data = $1`,
  `delete from chat_data where msg_id like 'again%' and $1 <> ''`,
];

/** @param ms how long they write */
export function startBusyChat(database: TestDatabase, ms: number): BusyChat {
  const end = performance.now() + ms;
  let isOver = false;
  onTestFinished(() => void (isOver = true));
  const isBusy = () => !isOver && performance.now() < end;

  async function write(person: number): Promise<void> {
    await using connection = await database.connect();
    for (let turn = 0; isBusy(); turn += 1) {
      const statements = Array.from(
        { length: 1 + (turn % 2) },
        () => STATEMENTS[randomInt(STATEMENTS.length)],
      );
      try {
        await connection.query('begin');
        for (const [index, text] of statements.entries()) {
          if (text !== undefined) await connection.query(text, [`p${person}-${turn}-${index}`]);
        }
        // A transaction that commits late adds rows before those already published.
        if (turn % 5 === 0) await delay(randomInt(1_000));
        await connection.query('commit');
      } catch {
        // A deadlock with a bulk statement, of which the audit knows.
        await connection.query('rollback');
      }
      await delay(randomInt(100));
    }
  }

  async function writeBulk(): Promise<void> {
    await using connection = await database.connect();
    for (let turn = 0; isBusy(); turn += 1) {
      await connection.query(BULK, [`bulk ${turn}`, turn % 3]).catch(() => undefined);
      await delay(1_500);
    }
  }

  return { done: Promise.all([write(1), write(2), write(3), writeBulk()]) };
}
