import { readFile } from 'node:fs/promises';
import pg from 'pg';
import { describe, expect, test as base, vi } from 'vitest';
import { readDatabaseUrl } from '../src/functions/database.lambda-shared.ts';
import { startSecretsManager } from './support/secrets-manager.ts';

/**
 * `password`: with the characters that AWS may generate. `secrets`: serves it, and the function's
 * environment is set.
 */
const test = base
  .extend('password', "a%40b?c#d&e=f+g:h!'(i")
  .extend('secrets', { auto: true }, async ({ password }, { onCleanup }) => {
    const secrets = await startSecretsManager({ username: 'chat_owner', password });
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
    onCleanup(async () => {
      vi.unstubAllEnvs();
      await secrets.close();
    });
    return secrets;
  });

describe('readDatabaseUrl', () => {
  test('includes the current password, with any characters', async ({ password }) => {
    const client = new pg.Client({ connectionString: await readDatabaseUrl() });
    expect(client).toMatchObject({
      user: 'chat_owner',
      host: 'database.example',
      port: 5432,
      database: 'chat',
    });
    expect(client.password).toBe(password);
  });

  test('makes the client verify the server against Amazon’s authorities', async () => {
    const url = await readDatabaseUrl();
    const file = new URL(url).searchParams.get('sslrootcert') ?? '';
    expect(await readFile(file, 'utf8')).toContain('BEGIN CERTIFICATE');
    // pg reads the file in its constructor and has no public property for it.
    const { ssl } = new pg.Client({ connectionString: url }) as pg.Client & { ssl: { ca: string } };
    expect(ssl.ca).toContain('BEGIN CERTIFICATE');
  });

  test('names a missing variable', async () => {
    vi.stubEnv('PGHOST', undefined);
    await expect(readDatabaseUrl()).rejects.toThrow(/PGHOST: is missing/);
  });
});
