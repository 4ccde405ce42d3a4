import { afterEach, describe, expect, test, vi } from 'vitest';
import { ENV, readHistoryEnv, readWriterEnv } from '../src/env.ts';

const COMPLETE = {
  PGHOST: 'db.example.org',
  PGUSER: 'chat',
  PGPASSWORD: 'password',
  PGDATABASE: 'chat',
  HISTORY_SECRET: 'a secret of some length',
};

function setEnv(env: Record<string, string>) {
  for (const name of Object.values(ENV)) vi.stubEnv(name, env[name]);
}
afterEach(() => {
  vi.unstubAllEnvs();
});

describe('the functions’ environment', () => {
  test('is parsed when it is complete', () => {
    setEnv(COMPLETE);
    const database = {
      host: 'db.example.org',
      port: 5432,
      database: 'chat',
      verifyTls: true,
      login: { user: 'chat', password: 'password' },
    };
    expect(readWriterEnv()).toEqual({ database, targetWait: 150_000, messagesPerMinute: undefined });
    expect(readHistoryEnv()).toEqual({ database, secret: { value: COMPLETE.HISTORY_SECRET } });
  });

  test('reports every problem at once, without the values', () => {
    setEnv({ PGPORT: 'seventy', PGSSLMODE: 'prefer', HISTORY_SECRET: 'short' });
    expect(() => readHistoryEnv()).toThrow(
      expect.objectContaining({
        problems: [
          'HISTORY_SECRET: must be at least 16 characters',
          'PGHOST: must be set',
          'PGPORT: must be a port number',
          'PGDATABASE: must be set',
          'PGSSLMODE: must be disable or verify-full',
          'PGUSER: must be set',
          'PGPASSWORD: must be set',
        ],
      }),
    );
    expect(() => readHistoryEnv()).not.toThrow('seventy');
  });

  test.each([
    ['db.example.org', undefined, true],
    ['10.0.0.7', undefined, true],
    ['10.0.0.7', 'disable', false],
    ['127.0.0.1', undefined, false],
    ['localhost', undefined, false],
    ['[::1]', undefined, false],
    ['fd00::7', undefined, true],
    ['/var/run/postgresql', undefined, false],
    ['127.0.0.1', 'verify-full', true],
  ])('for a server at %s with PGSSLMODE %s sets TLS verification to %s', (PGHOST, PGSSLMODE, verifyTls) => {
    setEnv({ ...COMPLETE, PGHOST, ...(PGSSLMODE && { PGSSLMODE }) });
    expect(readWriterEnv().database.verifyTls).toBe(verifyTls);
  });

  test.each(['0', '601', '1.5', 'many'])(
    'rejects a limit of %s messages per minute',
    (MESSAGES_PER_MINUTE) => {
      setEnv({ ...COMPLETE, MESSAGES_PER_MINUTE });
      expect(() => readWriterEnv()).toThrow('MESSAGES_PER_MINUTE: must be a whole number from 1 to 600');
    },
  );

  test('accepts the ARN of the history secret instead of its value, not beside it', () => {
    const { HISTORY_SECRET: _, ...others } = COMPLETE;
    setEnv({ ...others, HISTORY_SECRET_ARN: 'arn:history' });
    expect(readHistoryEnv().secret).toEqual({ secretId: 'arn:history' });
    setEnv({ ...COMPLETE, HISTORY_SECRET_ARN: 'arn:history' });
    expect(() => readHistoryEnv()).toThrow(
      'HISTORY_SECRET_ARN: must not be set together with HISTORY_SECRET',
    );
    setEnv(others);
    expect(() => readHistoryEnv()).toThrow('HISTORY_SECRET: must be set');
  });

  test('accepts a secret instead of user and password, not beside them', () => {
    const { PGHOST, PGDATABASE } = COMPLETE;
    setEnv({ PGHOST, PGDATABASE, DB_SECRET_ARN: 'arn:secret', PGSSLROOTCERT: '/ca.pem' });
    expect(readWriterEnv().database).toMatchObject({
      login: { secretId: 'arn:secret' },
      rootCertificate: '/ca.pem',
    });
    setEnv({ ...COMPLETE, DB_SECRET_ARN: 'arn:secret' });
    expect(() => readWriterEnv()).toThrow(
      'DB_SECRET_ARN: must not be set together with PGUSER or PGPASSWORD',
    );
  });
});
