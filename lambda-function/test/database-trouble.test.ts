import { networkInterfaces } from 'node:os';
import pg from 'pg';
import { describe, expect, onTestFinished, vi } from 'vitest';
import { chatMsg, editedMsg, envelope } from './support/events.ts';
import { test, type ChatDatabase } from './support/fixtures.ts';
import { startProxy } from './support/proxy.ts';
import { startSecrets } from './support/secrets.ts';

interface Login {
  PGUSER: string;
  PGPASSWORD: string;
}

const hasIpv6 = Object.values(networkInterfaces())
  .flat()
  .some((each) => each?.address === '::1');

/**
 * Creates a role with the documented grants of chat-writer and returns the environment of its
 * login.
 */
async function addRole({ client }: ChatDatabase, name: string, password: string, connectionLimit = -1) {
  await client.query(
    `create role ${name} login password '${password}' connection limit ${connectionLimit};
     grant execute on function public.chat_apply, public.chat_insert to ${name}`,
  );
  return { PGUSER: name, PGPASSWORD: password };
}

const urlFor = ({ url }: ChatDatabase, { PGUSER: username, PGPASSWORD: password }: Login) =>
  Object.assign(new URL(url), { username, password }).href;

describe('chat-writer’s connection', () => {
  test('opens while the function loads and serves all later events', async ({ startWriter, database }) => {
    const writer = await startWriter();
    await vi.waitFor(async () => expect(await database.connections()).toHaveLength(1));
    const before = await database.connections();
    await writer(envelope(chatMsg('a')));
    await writer(envelope(chatMsg('b'), chatMsg('c')));
    expect(await database.connections()).toEqual(before);
  });

  test.runIf(hasIpv6)(
    'opens to an IPv6 address, with and without the brackets of a URL',
    async ({ startWriter, database }) => {
      const proxy = await startProxy(database.url, 0, '::1');
      onTestFinished(() => proxy.close());
      for (const [id, PGHOST] of Object.entries({ a: '::1', b: '[::1]' })) {
        const writer = await startWriter({ PGHOST, PGPORT: String(proxy.port) });
        expect(await writer(envelope(chatMsg(id)))).toEqual({ written: 1 });
      }
    },
  );

  test('is replaced when the server closed it between two events', async ({ startWriter, database }) => {
    const writer = await startWriter();
    await writer(envelope(chatMsg('a')));
    const [pid] = await database.connections();
    await database.client.query('select pg_terminate_backend($1)', [pid]);
    expect(await writer(envelope(chatMsg('b')))).toEqual({ written: 1 });
    await expect.poll(() => database.connections()).not.toContain(pid);
  });

  test('is replaced when it breaks during an event, which is applied once', async ({
    startWriter,
    database,
  }) => {
    const writer = await startWriter();
    await writer(envelope(chatMsg('m')));
    const [pid] = await database.connections();
    const { client } = database;
    await client.query('begin');
    await client.query('lock table chat_data');
    const applied = writer(envelope(editedMsg('e', 'm', 'edited'), chatMsg('n')));
    await vi.waitFor(async () => {
      const { rows } = await client.query('select from pg_locks where not granted');
      expect(rows).toHaveLength(1);
    });
    await client.query('select pg_terminate_backend($1)', [pid]);
    await client.query('commit');
    expect(await applied).toEqual({ edited: 1, written: 1 });
    expect(await database.texts()).toEqual({ m: 'edited', n: 'hi' });
  });
});

describe('chat-writer', () => {
  test('throws DatabaseUnavailable while the database is down and connects again for the next event', async ({
    startWriter,
    database,
    lines,
  }) => {
    const proxy = await startProxy(database.url);
    await proxy.close();
    const writer = await startWriter({ PGPORT: String(proxy.port) });
    await expect(writer(envelope(chatMsg('m'), chatMsg('n')))).rejects.toMatchObject({
      name: 'DatabaseUnavailable',
      message: expect.stringMatching(
        /^Could not connect to database test_\d+ at 127\.0\.0\.1:\d+: .*ECONNREFUSED/,
      ),
    });
    expect(lines).toEqual([
      expect.objectContaining({
        level: 'error',
        event: 'failed',
        failed: 2,
        reason: expect.stringMatching('REFUSED'),
      }),
    ]);
    const restarted = await startProxy(database.url, proxy.port);
    onTestFinished(() => restarted.close());
    expect(await writer(envelope(chatMsg('m')))).toEqual({ written: 1 });
  });

  test('throws DatabaseUnavailable on a read-only former primary and connects again for the next event', async ({
    startWriter,
    database,
  }) => {
    const readOnly = (value: string) =>
      database.client.query(
        `alter database ${new URL(database.url).pathname.slice(1)} set default_transaction_read_only = ${value}`,
      );
    await readOnly('on');
    const writer = await startWriter();
    await vi.waitFor(async () => expect(await database.connections()).toHaveLength(1));
    await expect(writer(envelope(chatMsg('m')))).rejects.toMatchObject({
      name: 'DatabaseUnavailable',
      message: expect.stringContaining('read-only transaction'),
    });
    await readOnly('off');
    expect(await writer(envelope(chatMsg('m')))).toEqual({ written: 1 });
  });

  test('waits for a free connection while the database is full', async ({ startWriter, database }) => {
    const env = await addRole(database, 'crowded', 'password', 1);
    const guest = new pg.Client(urlFor(database, env));
    await guest.connect();
    const proxy = await startProxy(database.url);
    onTestFinished(() => proxy.close());
    const writer = await startWriter({ ...env, PGPORT: String(proxy.port) });
    const written = writer(envelope(chatMsg('m')));
    await vi.waitFor(() => expect(proxy.connections).toBeGreaterThan(3), 4_000);
    await guest.end();
    expect(await written).toEqual({ written: 1 });
  });

  test('throws DatabaseRefused with PostgreSQL’s reason when a function is missing', async ({
    startWriter,
    database,
  }) => {
    const writer = await startWriter();
    await database.client.query('drop function chat_insert');
    await expect(writer(envelope(chatMsg('m')))).rejects.toMatchObject({
      name: 'DatabaseRefused',
      message: expect.stringMatching(
        /did not finish insert-message: function .*chat_insert.* does not exist/,
      ),
    });
  });

  test('needs only the documented grants, which allow nothing but applying messages', async ({
    startWriter,
    database,
  }) => {
    const env = await addRole(database, 'only_writer', 'password');
    const writer = await startWriter(env);
    expect(await writer(envelope(chatMsg('m')))).toEqual({ written: 1 });
    expect(await writer(envelope(chatMsg('n'), editedMsg('e', 'm', 'edited')))).toEqual({
      written: 1,
      edited: 1,
    });
    const role = new pg.Client(urlFor(database, env));
    await role.connect();
    for (const query of ['select * from chat_data', 'delete from chat_data', 'select * from outbox']) {
      await expect(role.query(query)).rejects.toMatchObject({ code: '42501' });
    }
    await role.end();
  });
});

describe('chat-writer’s password', () => {
  test('is not quoted by the error when it is wrong', async ({ startWriter }) => {
    const writer = await startWriter({ PGPASSWORD: 'top secret' });
    const failure = await writer(envelope(chatMsg('m'))).catch(String);
    expect(failure).toMatch(/DatabaseUnavailable.*password authentication failed/);
    expect(failure).not.toContain('top secret');
  });

  test('comes from Secrets Manager and is read again, once, after a rotation', async ({
    startWriter,
    database,
  }) => {
    await addRole(database, 'rotated', 'first');
    const secrets = await startSecrets({ username: 'rotated', password: 'first', engine: 'postgres' });
    const writer = await startWriter(secrets.env);
    expect(await writer(envelope(chatMsg('a')))).toEqual({ written: 1 });
    await writer(envelope(chatMsg('b')));
    expect(secrets.requested).toEqual(['arn:secret']);

    await database.client.query(`alter role rotated password 'second'`);
    secrets.store({ username: 'rotated', password: 'second' });
    await database.endConnections();
    expect(await writer(envelope(chatMsg('c')))).toEqual({ written: 1 });
    expect(secrets.requested).toHaveLength(2);

    // During a rotation the secret may still contain the old password: AWS retries the event later.
    await database.client.query(`alter role rotated password 'third'`);
    await database.endConnections();
    await expect(writer(envelope(chatMsg('d')))).rejects.toMatchObject({
      name: 'DatabaseUnavailable',
      message: expect.stringContaining('password authentication failed'),
    });
    expect(secrets.requested).toHaveLength(3);
    secrets.store({ username: 'rotated', password: 'third' });
    expect(await writer(envelope(chatMsg('d')))).toEqual({ written: 1 });
    expect(Object.keys(await database.texts())).toEqual(['a', 'b', 'c', 'd']);
  });

  test.for([
    ['has another shape', { user: 'x' }, /username: is missing; password: is missing/],
    ['may not be read', undefined, /AccessDeniedException/],
  ] as const)(
    'makes the invocation fail with the reason when its secret %s',
    async ([, secret, reason], { startWriter }) => {
      const secrets = await startSecrets(secret);
      const writer = await startWriter(secrets.env);
      await expect(writer(envelope(chatMsg('m')))).rejects.toMatchObject({
        name: 'DatabaseUnavailable',
        message: expect.stringMatching(reason),
      });
    },
  );
});
