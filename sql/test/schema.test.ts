import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { dumpSchema } from './support/dump-schema.ts';
import { test } from './support/fixtures.ts';

const SQL = join(import.meta.dirname, '..');

const HEADER = `-- The schema that migrations/ and functions/ create together, as PostgreSQL 18 reports it. Function
-- bodies are in the files named. Below PostgreSQL 18 the default of outbox.mutation_id differs
-- (migrations/0002-outbox.sql).
-- Generated: after a change run \`npm test -- sql/test/schema.test.ts -u\`.

create schema chat_private;

`;

test('sql/schema.sql shows the schema of a migrated database', async ({ client }) => {
  const dump = HEADER + (await dumpSchema(client));
  await expect(
    dump,
    'sql/schema.sql is out of date: run `npm test -- sql/test/schema.test.ts -u`',
  ).toMatchFileSnapshot(join(SQL, 'schema.sql'));
});

test('function files change nothing when they are applied again', async ({ client }) => {
  const before = await dumpSchema(client);
  for (const name of await readdir(join(SQL, 'functions'))) {
    await client.query(await readFile(join(SQL, 'functions', name), 'utf8'));
  }
  expect(await dumpSchema(client)).toBe(before);
});
