import pg from 'pg';
import { expect, test } from 'vitest';
import { openSchema } from '../src/start-up/open-schema.ts';
import { startTemporaryPostgres } from '@chat/postgres/testing';

test('stack: explains how to go on from the database of an unreleased version', async ({
  onTestFinished,
}) => {
  const postgres = await startTemporaryPostgres();
  onTestFinished(() => postgres.close());
  const client = new pg.Client(postgres.url);
  await client.connect();
  await client.query(`create schema chat_private;
    create table chat_private.applied_migrations as select '0003-outbox-capture' as name`);
  await client.end();

  const embedded = openSchema(postgres.url, '/data/.local');
  await expect(embedded).rejects.toThrow(/0003-outbox-capture.*Nothing was changed/);
  await expect(embedded).rejects.toThrow(/set LOCAL_DATA_DIR to another folder, or remove \/data\/\.local/);
  await expect(openSchema(postgres.url, undefined)).rejects.toThrow(/Set DATABASE_URL to another database/);
});
