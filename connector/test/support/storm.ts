import { Realtime } from 'ably';
import { randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import type { RawConfig } from '../../src/config/config.ts';
import { spawnConfigured } from './child.ts';
import { KEY } from './connector.ts';
import type { TestDatabase } from './postgres.ts';

/**
 * Records every change within its transaction, so that the audit is right even when a writer does
 * not learn whether its commit succeeded.
 */
export async function auditChanges(database: TestDatabase): Promise<void> {
  await database.query(`
    create table audit (position bigserial, change text);
    create function audit() returns trigger language plpgsql as $$ begin
      insert into audit (change)
      values (concat_ws(' ', coalesce(new.msg_id, old.msg_id), tg_op, coalesce(new.revision, old.revision)));
      return null; end $$;
    create trigger audit after insert or update or delete on chat_data
      for each row execute function audit()`);
}

/**
 * Returns `<row> <operation> <revision>` of each committed change, those of one row in their
 * order.
 */
export async function committedChanges(database: TestDatabase): Promise<string[]> {
  const rows = await database.query<{ change: string }>('select change from audit order by position');
  return rows.map(({ change }) => change);
}

/**
 * One transaction: inserts rows, edits new ones and one that all writers compete for, deletes old
 * ones.
 */
const CHANGES = `
  with added as (
    insert into chat_data (msg_id, msg_data)
    select $1 || '-' || i, repeat('x', i * 37 % 400) from generate_series(1, $2::int) as i returning 1
  ), hot as (
    update chat_data set msg_data = $1 where msg_id = 'hot' returning 1
  ), edited as (
    update chat_data set msg_data = $1 where msg_id in (
      select msg_id from chat_data where msg_id <> 'hot'
      order by incremental_record_id desc limit $2::int for update skip locked) returning 1
  ), deleted as (
    delete from chat_data where msg_id in (
      select msg_id from chat_data where msg_id not in ('hot') and incremental_record_id % 3 = 0
      order by incremental_record_id limit $2::int / 2 for update skip locked)
      and incremental_record_id < (select max(incremental_record_id) - 200 from chat_data) returning 1
  )
  select ((select count(*) from added) + (select count(*) from hot) + (select count(*) from edited)
    + (select count(*) from deleted))::int as changes`;

/**
 * Commits at least `total` changes from several writers at once, and more until `isEnough`. A
 * writer whose connection is cut continues with another.
 */
export async function writeChanges(
  database: TestDatabase,
  total: number,
  perSecond: number,
  isEnough: () => boolean,
): Promise<void> {
  const started = performance.now();
  let written = 0;
  let isOver = false;
  onTestFinished(() => void (isOver = true));
  const writers = Array.from({ length: 4 }, async (_, writer) => {
    for (let turn = 0; !isOver && (written < total || !isEnough()); turn += 1) {
      const rows = turn % 10 === 9 ? 40 : 1 + (turn % 4);
      const found = await database
        .query<{ changes: number }>(CHANGES, [`w${writer}-${turn}`, rows])
        // The database restarts; the audit records whether this one committed.
        .catch(() => delay(50, []));
      written += found[0]?.changes ?? 0;
      const ahead = (written / perSecond) * 1_000 - (performance.now() - started);
      // Slowly, while it waits for `isEnough`.
      await delay(written < total ? Math.max(0, ahead) : 500);
    }
  });
  await Promise.all(writers);
}

/** Runs connectors and kills each. */
export interface Killer {
  readonly kills: number;
  /** Starts no more connectors; resolves once the last one is killed. */
  stop(): Promise<void>;
}

/** Kills each connector by SIGKILL about `lifetime` ms after it is ready. Stops with the test. */
export function startKiller(config: RawConfig, instances: number, lifetime: number): Killer {
  const stopping = new AbortController();
  let kills = 0;
  const slots = Array.from({ length: instances }, async () => {
    while (!stopping.signal.aborted) {
      await using victim = await spawnConfigured(config);
      await Promise.race([victim.line('ready').catch(() => undefined), victim.exit]);
      // Several connectors must not die at the same moment.
      await delay(instances === 1 ? lifetime : randomInt(lifetime / 2, lifetime * instances));
      victim.signal('SIGKILL');
      if ((await victim.exit) === 'SIGKILL') kills += 1;
    }
  });
  const stopped = Promise.all(slots);
  const stop = async () => {
    stopping.abort();
    await stopped;
  };
  onTestFinished(stop);
  return {
    get kills() {
      return kills;
    },
    stop,
  };
}

/** A subscriber from the start: the official Ably client on a broker. */
export interface Reader extends AsyncDisposable {
  /** `<row> <operation> <revision>` of each message, in order of arrival. */
  readonly seen: readonly string[];
}

export async function startReader(channelName: string, port: number): Promise<Reader> {
  const client = new Realtime({ key: KEY, endpoint: '127.0.0.1', port, tls: false, logLevel: 0 });
  const seen: string[] = [];
  await client.channels.get(channelName).subscribe(({ data }) => {
    const { type, row } = JSON.parse(String(data)) as {
      type: string;
      row: { msg_id: string; revision: number };
    };
    seen.push(`${row.msg_id} ${type} ${row.revision}`);
  });
  return {
    seen,
    async [Symbol.asyncDispose]() {
      client.close();
      await Promise.resolve();
    },
  };
}

/** Groups the changes by row and keeps their order. */
export function byRow(changes: readonly string[]): Map<string, string[]> {
  return Map.groupBy(changes, (change) => change.slice(0, change.indexOf(' ')));
}
