import { readFile } from 'node:fs/promises';
import pg from 'pg';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { readDatabaseUrl } from '../src/functions/database.lambda-shared.ts';
import { startSecretsManager, type SecretsManager } from './support/secrets-manager.ts';

/** Such as AWS makes up. */
const PASSWORD = "a%40b?c#d&e=f+g:h!'(i";

let secrets: SecretsManager;
beforeEach(async () => {
  secrets = await startSecretsManager({ username: 'chat_owner', password: PASSWORD });
  const env = {
    DB_SECRET_ARN: secrets.arn,
    PGHOST: 'database.example',
    PGPORT: '5432',
    PGDATABASE: 'chat',
    PGSSLMODE: 'verify-full',
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.url,
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  };
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await secrets.close();
});

it('carries the password of this moment, whatever is in it', async () => {
  const client = new pg.Client({ connectionString: await readDatabaseUrl() });
  expect(client).toMatchObject({
    user: 'chat_owner',
    host: 'database.example',
    port: 5432,
    database: 'chat',
  });
  expect(client.password).toBe(PASSWORD);
});

it('has the server prove itself by Amazon’s authorities', async () => {
  const url = await readDatabaseUrl();
  const file = new URL(url).searchParams.get('sslrootcert') ?? '';
  expect(await readFile(file, 'utf8')).toContain('BEGIN CERTIFICATE');
  // pg reads the file when it is made, and keeps it out of sight.
  const { ssl } = new pg.Client({ connectionString: url }) as pg.Client & { ssl: { ca: string } };
  expect(ssl.ca).toContain('BEGIN CERTIFICATE');
});

it('says which variable is missing', async () => {
  vi.stubEnv('PGHOST', undefined);
  await expect(readDatabaseUrl()).rejects.toThrow(/PGHOST: is missing/);
});
