import { startTemporaryPostgres, withClient } from '@chat/postgres/testing';
import { expect, test } from 'vitest';
import { openSchema } from '../src/start-up/open-schema.ts';

test('stack: explains how to go on from the database of an unreleased version', async ({
  onTestFinished,
}) => {
  const { url, close } = await startTemporaryPostgres();
  onTestFinished(() => close());
  await withClient(url, (client) =>
    client.query(`create schema chat_private;
      create table chat_private.applied_migrations as select '0003-outbox-capture' as name`),
  );

  const embedded = openSchema(url, '/data/.local');
  await expect(embedded).rejects.toThrow(/0003-outbox-capture.*Nothing was changed/);
  await expect(embedded).rejects.toThrow(/set LOCAL_DATA_DIR to another folder, or remove \/data\/\.local/);
  await expect(openSchema(url, undefined)).rejects.toThrow(/Set DATABASE_URL to another database/);
});
