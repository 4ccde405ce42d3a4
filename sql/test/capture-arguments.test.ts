import { copyFile, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { applyMigrations, migrate } from '../src/migrate.ts';
import { startDatabaseServer, withClient } from './support/database-server.ts';
import type { DatabaseServer } from './support/database-server.ts';

const MIGRATIONS = join(import.meta.dirname, '../migrations');

let server: DatabaseServer;
beforeAll(async () => {
  server = await startDatabaseServer();
});
afterAll(() => server.stop());

/** A database as the files before 0006 left it. */
async function databaseBefore(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'chat-migrations-'));
  try {
    const files = (await readdir(MIGRATIONS)).filter((name) => name < '0006');
    for (const name of files) await copyFile(join(MIGRATIONS, name), join(dir, name));
    const url = await server.createDatabase();
    await applyMigrations(url, dir);
    return url;
  } finally {
    await rm(dir, { recursive: true });
  }
}

test('the triggers that stand go on telling the same channels as before', async () => {
  const url = await databaseBefore();
  await withClient(url, async (client) => {
    await client.query(`create schema "a % shop"; create table "a % shop"."it's" (id int)`);
    const tables = { chat_data: 'public.chat_data', "a % shop.it's": `"a % shop"."it's"` };
    for (const [name, quoted] of Object.entries(tables)) {
      await client.query(
        "insert into ablycontroltable select $1, c, 'DELETE' from unnest(array['two', 'it''s']) c",
        [name],
      );
      await client.query(`create trigger "My" after delete on ${quoted} referencing old table as old_rows
          for each statement execute function outbox_capture_delete();
        create trigger outbox_capture_truncate before truncate on ${quoted}
          for each statement execute function outbox_capture_truncate();
        create trigger without_route after insert on ${quoted} referencing new table as new_rows
          for each statement execute function outbox_capture_insert()`);
    }
    await migrate(url);
    await client.query(
      `insert into chat_data (msg_id) values ('a'), ('b'); insert into "a % shop"."it's" values (1), (2)`,
    );
    await client.query(
      `delete from chat_data where msg_id = 'a'; delete from "a % shop"."it's" where id = 1`,
    );
    await client.query(`truncate chat_data; truncate "a % shop"."it's"`);
    const { rows } = await client.query(
      "select channel || ' ' || (data ->> 'table') || ' ' || (data ->> 'type') as told, count(*)::int from outbox group by 1 order by 1",
    );
    expect(rows).toEqual(
      [
        "it's a % shop.it's DELETE",
        "it's chat_data DELETE",
        "two a % shop.it's DELETE",
        'two chat_data DELETE',
      ].map((told) => ({ told, count: 2 })),
    );
  });
});
