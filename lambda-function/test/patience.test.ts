import pg from 'pg';
import { afterAll, beforeAll, describe, test, vi } from 'vitest';
import { migratedDatabases, startDatabaseServer, withClient } from '@chat/test-database';
import { chatMsg, editedMsg, envelope } from './support/events.ts';
import { databaseEnv, startInstance } from './support/functions.ts';
import { catchLog } from './support/log-lines.ts';
import { startProxy, type Proxy } from './support/proxy.ts';

/*
 * How long chat-writer waits for a database that does not do its part. Each test takes seconds of doing nothing, so they run at the
 * same time, on databases and instances of their own.
 */

type Writer = Awaited<ReturnType<typeof startInstance<'chat-writer'>>>;

let stop: () => Promise<void>;
let silent: { writer: Writer; url: string; proxy: Proxy };
let slow: { writer: Writer; url: string };
let full: { writer: Writer; guest: pg.Client };

beforeAll(async () => {
  catchLog();
  const server = await startDatabaseServer();
  const nextDatabase = await migratedDatabases(server);
  // One after the other: an instance reads its environment when it starts.
  const silentUrl = await nextDatabase();
  const proxy = await startProxy(silentUrl);
  const throughProxy = { ...databaseEnv(silentUrl), PGPORT: String(proxy.port) };
  silent = { url: silentUrl, proxy, writer: await startInstance('chat-writer', throughProxy) };
  const slowUrl = await nextDatabase();
  slow = { url: slowUrl, writer: await startInstance('chat-writer', databaseEnv(slowUrl)) };
  const fullUrl = await nextDatabase();
  await withClient(fullUrl, (client) =>
    client.query(`create role crowded login password 'password' connection limit 1`),
  );
  const crowdedUrl = Object.assign(new URL(fullUrl), { username: 'crowded', password: 'password' }).href;
  const guest = new pg.Client(crowdedUrl);
  await guest.connect();
  full = { guest, writer: await startInstance('chat-writer', databaseEnv(crowdedUrl)) };
  stop = async () => {
    await guest.end();
    await proxy.close();
    await withClient(slowUrl, (client) =>
      client.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'chat-lambda'`,
      ),
    );
    await server.stop();
  };
});
afterAll(async () => {
  await stop();
  vi.restoreAllMocks();
});

describe.concurrent('a database', () => {
  test('that no longer answers is given up after 6 s, in favour of a new connection', async ({ expect }) => {
    const { writer, url, proxy } = silent;
    await writer(envelope(chatMsg('a')));
    proxy.freeze();
    expect(await writer(envelope(chatMsg('b')))).toEqual({ written: 1 });
    const { rows } = await withClient(url, (client) =>
      client.query('select msg_id from chat_data order by 1'),
    );
    expect(rows).toEqual([{ msg_id: 'a' }, { msg_id: 'b' }]);
  });

  test('that is too slow fails the invocation after 5 s with a named error, and nothing is half done', async ({
    expect,
  }) => {
    const { writer, url } = slow;
    await writer(envelope(chatMsg('m')));
    const event = envelope(chatMsg('n'), editedMsg('e', 'm', 'edited'));
    await withClient(url, async (client) => {
      await client.query('begin; lock table chat_data');
      await expect(writer(event)).rejects.toMatchObject({
        name: 'DatabaseUnavailable',
        message: 'The database did not finish apply-changes: canceling statement due to statement timeout',
      });
      const { rows } = await client.query('select msg_id from chat_data where not is_edited');
      expect(rows).toEqual([{ msg_id: 'm' }]);
      await client.query('commit');
    });
    expect(await writer(event)).toEqual({ edited: 1, written: 1 });
  });

  test('whose connections stay taken is waited for 5 s, not longer', async ({ expect }) => {
    const startedAt = performance.now();
    await expect(full.writer(envelope(chatMsg('m')))).rejects.toMatchObject({
      name: 'DatabaseUnavailable',
      message: expect.stringContaining('too many connections for role "crowded"'),
    });
    // From the moment on that the instance began to connect, which was a little before.
    expect(performance.now() - startedAt).toBeGreaterThan(3_000);
    expect(performance.now() - startedAt).toBeLessThan(15_000);
  });
});
