import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { startInstance } from './support/functions.ts';
import { request } from './support/history.ts';
import { catchLog } from './support/log-lines.ts';
import { startSecrets } from './support/secrets.ts';

const [FIRST, SECOND, THIRD] = ['first', 'second', 'third'].map((name) => `${name} history secret`) as [
  string,
  string,
  string,
];
const MINUTE = 60_000;

beforeEach(() => {
  catchLog();
  vi.useFakeTimers({ toFake: ['Date'] });
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** No request reaches the database: 405 is the answer to a caller with the secret. */
async function startHistory(secret: string | undefined) {
  const secrets = await startSecrets(secret);
  const history = await startInstance('chat-history', {
    PGHOST: '127.0.0.1',
    PGPORT: '1',
    PGDATABASE: 'none',
    PGUSER: 'reader',
    PGPASSWORD: 'reader',
    HISTORY_SECRET_ARN: 'arn:history',
    ...secrets.connection,
  });
  const call = async (token: string) => {
    const event = request(undefined, { method: 'POST', authorization: `Bearer ${token}` });
    return (await history(event)).statusCode;
  };
  return { secrets, call, later: (ms: number) => vi.setSystemTime(Date.now() + ms) };
}

describe('chat-history’s secret in Secrets Manager', () => {
  test('is read once for many callers, both versions', async () => {
    const { secrets, call } = await startHistory(FIRST);
    for (let n = 0; n < 3; n += 1) expect(await call(FIRST)).toBe(405);
    expect(secrets.requested).toEqual(['arn:history', 'arn:history']);
  });

  test('is accepted in both versions during a rotation, without a restart', async () => {
    const { secrets, call, later } = await startHistory(FIRST);
    expect(await call(FIRST)).toBe(405);
    secrets.store(SECOND);
    later(10_000);
    expect(await call(SECOND)).toBe(405);
    expect(await call(FIRST)).toBe(405);
  });

  test('is accepted in no earlier version, at most five minutes later', async () => {
    const { secrets, call, later } = await startHistory(FIRST);
    expect(await call(FIRST)).toBe(405);
    secrets.store(SECOND);
    secrets.store(THIRD);
    later(5 * MINUTE);
    expect(await call(FIRST)).toBe(401);
    expect(await call(SECOND)).toBe(405);
  });

  test('is not read again for each wrong guess', async () => {
    const { secrets, call, later } = await startHistory(FIRST);
    for (let n = 0; n < 5; n += 1) expect(await call(`guess ${n}`)).toBe(401);
    expect(secrets.requested).toHaveLength(2);
    later(10_000);
    for (let n = 0; n < 5; n += 1) expect(await call(`guess ${n}`)).toBe(401);
    expect(secrets.requested).toHaveLength(4);
  });

  test('is not accepted in a previous version that is too short', async () => {
    const { secrets, call, later } = await startHistory('short');
    expect(await call('short')).toBe(500);
    secrets.store(SECOND);
    later(MINUTE);
    expect(await call('short')).toBe(401);
    expect(await call(SECOND)).toBe(405);
  });

  test('makes requests fail with the reason in the log while it cannot be read', async () => {
    const { secrets, call } = await startHistory(undefined);
    const lines = catchLog();
    expect(await call(FIRST)).toBe(500);
    expect(JSON.stringify(lines)).toMatch(/Could not read the history secret arn:history: AccessDenied/);
    secrets.store(FIRST);
    expect(await call(FIRST)).toBe(405);
  });
});
