import pg from 'pg';
import { describe } from 'vitest';
import { withClient } from './support/databases.ts';
import { chatMsg, editedMsg, envelope } from './support/events.ts';
import { test as base } from './support/fixtures.ts';
import { databaseEnv, startInstance, type Writer } from './support/functions.ts';
import { startProxy, type Proxy } from './support/proxy.ts';

/*
 * How long chat-writer waits for an unresponsive database. Each test spends seconds waiting, so
 * they run concurrently, on databases and instances of their own.
 */

interface Instances {
  silent: { writer: Writer; url: string; proxy: Proxy };
  slow: { writer: Writer; url: string };
  full: { writer: Writer };
}

const test = base.extend<{ instances: Instances }>({
  instances: [
    async ({ databases }, use) => {
      // One after the other: an instance reads process.env when it starts.
      const silentUrl = await databases.create();
      const proxy = await startProxy(silentUrl);
      const throughProxy = { ...databaseEnv(silentUrl), PGPORT: String(proxy.port) };
      const silent = { url: silentUrl, proxy, writer: await startInstance('chat-writer', throughProxy) };
      const slowUrl = await databases.create();
      const slow = { url: slowUrl, writer: await startInstance('chat-writer', databaseEnv(slowUrl)) };
      const fullUrl = await databases.create();
      await withClient(fullUrl, (client) =>
        client.query(`create role crowded login password 'password' connection limit 1`),
      );
      const crowdedUrl = Object.assign(new URL(fullUrl), { username: 'crowded', password: 'password' }).href;
      const otherClient = new pg.Client(crowdedUrl);
      await otherClient.connect();
      const full = { writer: await startInstance('chat-writer', databaseEnv(crowdedUrl)) };
      await use({ silent, slow, full });
      await otherClient.end();
      await proxy.close();
      await withClient(slowUrl, (client) =>
        client.query(
          `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'chat-lambda'`,
        ),
      );
    },
    { scope: 'file' },
  ],
});
test.beforeAll(({ instances }) => void instances);

describe.concurrent('chat-writer', () => {
  test('replaces a connection that does not answer for 6 s', async ({ expect, instances }) => {
    const { writer, url, proxy } = instances.silent;
    await writer(envelope(chatMsg('a')));
    proxy.freeze();
    expect(await writer(envelope(chatMsg('b')))).toEqual({ written: 1 });
    const { rows } = await withClient(url, (client) =>
      client.query('select msg_id from chat_data order by 1'),
    );
    expect(rows).toEqual([{ msg_id: 'a' }, { msg_id: 'b' }]);
  });

  test('throws DatabaseUnavailable after 5 s of a slow statement and applies nothing of the event', async ({
    expect,
    instances,
  }) => {
    const { writer, url } = instances.slow;
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

  test('throws DatabaseUnavailable after waiting 5 s for a free connection', async ({
    expect,
    instances,
  }) => {
    const startedAt = performance.now();
    await expect(instances.full.writer(envelope(chatMsg('m')))).rejects.toMatchObject({
      name: 'DatabaseUnavailable',
      message: expect.stringContaining('too many connections for role "crowded"'),
    });
    // The 5 s began when the instance started to connect, a little before this test.
    expect(performance.now() - startedAt).toBeGreaterThan(3_000);
    expect(performance.now() - startedAt).toBeLessThan(15_000);
  });
});
