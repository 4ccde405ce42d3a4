import { Realtime } from 'ably';
import { randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { spawnConnector } from './child.ts';
import { KEY } from './connector.ts';
import type { TestDatabase } from './postgres.ts';

/** Notes what committed, in the transaction of the change: the truth to compare with, whatever a writer was told. */
export async function auditChanges(database: TestDatabase): Promise<void> {
  await database.query(`
    CREATE TABLE audit (place bigserial, change text);
    CREATE FUNCTION audit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      INSERT INTO audit (change)
      VALUES (concat_ws(' ', coalesce(NEW.msg_id, OLD.msg_id), TG_OP, coalesce(NEW.revision, OLD.revision)));
      RETURN NULL; END $$;
    CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON chat_data FOR EACH ROW EXECUTE FUNCTION audit()`);
}

/** @returns `<row> <operation> <revision>` of each committed change, those of one row in their order */
export async function committedChanges(database: TestDatabase): Promise<string[]> {
  const rows = await database.query<{ change: string }>('SELECT change FROM audit ORDER BY place');
  return rows.map(({ change }) => change);
}

/** One transaction: rows are inserted, one that all writers fight for is edited, new ones are edited, old ones deleted. */
const CHANGES = `
  WITH added AS (
    INSERT INTO chat_data (msg_id, msg_data)
    SELECT $1 || '-' || i, repeat('x', i * 37 % 400) FROM generate_series(1, $2::int) AS i RETURNING 1
  ), hot AS (
    UPDATE chat_data SET msg_data = $1 WHERE msg_id = 'hot' RETURNING 1
  ), edited AS (
    UPDATE chat_data SET msg_data = $1 WHERE msg_id IN (
      SELECT msg_id FROM chat_data WHERE msg_id <> 'hot'
       ORDER BY incremental_record_id DESC LIMIT $2::int FOR UPDATE SKIP LOCKED) RETURNING 1
  ), deleted AS (
    DELETE FROM chat_data WHERE msg_id IN (
      SELECT msg_id FROM chat_data WHERE msg_id NOT IN ('hot') AND incremental_record_id % 3 = 0
       ORDER BY incremental_record_id LIMIT $2::int / 2 FOR UPDATE SKIP LOCKED)
       AND incremental_record_id < (SELECT max(incremental_record_id) - 200 FROM chat_data) RETURNING 1
  )
  SELECT ((SELECT count(*) FROM added) + (SELECT count(*) FROM hot) + (SELECT count(*) FROM edited)
        + (SELECT count(*) FROM deleted))::int AS changes`;

/** Commits so many changes, from several writers at once. A writer whose connection is cut goes on with another. */
export async function writeChanges(database: TestDatabase, total: number, perSecond: number): Promise<void> {
  const started = performance.now();
  let written = 0;
  const writers = Array.from({ length: 4 }, async (_, writer) => {
    for (let turn = 0; written < total; turn += 1) {
      const rows = turn % 10 === 9 ? 40 : 1 + (turn % 4);
      const found = await database
        .query<{ changes: number }>(CHANGES, [`w${writer}-${turn}`, rows])
        .catch(() => delay(50, [])); // the database is away; the audit knows whether this one committed
      written += found[0]?.changes ?? 0;
      const ahead = (written / perSecond) * 1_000 - (performance.now() - started);
      if (ahead > 0) await delay(ahead);
    }
  });
  await Promise.all(writers);
}

/** Runs connectors, and kills one after the other by SIGKILL, so long after it began to work. */
export async function killAgainAndAgain(
  configFile: string,
  { instances, lifetime, until }: { instances: number; lifetime: number; until: AbortSignal },
): Promise<number> {
  let kills = 0;
  const slots = Array.from({ length: instances }, async () => {
    while (!until.aborted) {
      await using victim = spawnConnector([configFile]);
      await Promise.race([victim.line('ready'), victim.exit]);
      // With several, not all at the same moment.
      await delay(instances === 1 ? lifetime : randomInt(lifetime / 2, lifetime * instances));
      victim.process.kill('SIGKILL');
      kills += 1;
    }
  });
  await Promise.all(slots);
  return kills;
}

/** What a reader sees who was there from the start: the unmodified Ably client on a broker. */
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

/** The changes by the row that they are of, in the order given. */
export function byRow(changes: readonly string[]): Map<string, string[]> {
  return Map.groupBy(changes, (change) => change.slice(0, change.indexOf(' ')));
}
