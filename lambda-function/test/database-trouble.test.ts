import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import pg from 'pg';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { chatMsg, editedMsg, envelope } from './support/events.ts';
import { startProxy } from './support/proxy.ts';
import { useSetting } from './support/setting.ts';

const setting = useSetting();

/** A login that may do what the writer must, and nothing else. @returns the environment that uses it */
async function addRole(name: string, password: string, connectionLimit = -1) {
  await setting.client.query(
    `create role ${name} login password '${password}' connection limit ${connectionLimit};
     grant execute on function public.chat_apply, public.chat_insert to ${name}`,
  );
  return { PGUSER: name, PGPASSWORD: password };
}

const urlOf = ({ PGUSER: username, PGPASSWORD: password }: { PGUSER: string; PGPASSWORD: string }) =>
  Object.assign(new URL(setting.url), { username, password }).href;

describe('the connection', () => {
  test('is made while the function loads, and kept from event to event', async () => {
    const writer = await setting.startWriter();
    await vi.waitFor(async () => expect(await setting.connections()).toHaveLength(1));
    const before = await setting.connections();
    await writer(envelope(chatMsg('a')));
    await writer(envelope(chatMsg('b'), chatMsg('c')));
    expect(await setting.connections()).toEqual(before);
  });

  test('dropped between two events is replaced unnoticed', async () => {
    const writer = await setting.startWriter();
    await writer(envelope(chatMsg('a')));
    const [pid] = await setting.connections();
    await setting.client.query('select pg_terminate_backend($1)', [pid]);
    expect(await writer(envelope(chatMsg('b')))).toEqual({ written: 1 });
    expect(await setting.connections()).not.toContain(pid);
  });

  test('dropped in the middle of an event is replaced, and the event applied once', async () => {
    const writer = await setting.startWriter();
    await writer(envelope(chatMsg('m')));
    const [pid] = await setting.connections();
    const { client } = setting;
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
    expect(await setting.texts()).toEqual({ m: 'edited', n: 'hi' });
  });
});

describe('a database', () => {
  test('that is down fails the invocation with a named error, and the next event tries again', async () => {
    const proxy = await startProxy(setting.url);
    await proxy.close();
    const writer = await setting.startWriter({ PGPORT: String(proxy.port) });
    await expect(writer(envelope(chatMsg('m'), chatMsg('n')))).rejects.toMatchObject({
      name: 'DatabaseUnavailable',
      message: expect.stringMatching(
        /^Could not connect to database test_\d+ at 127\.0\.0\.1:\d+: .*ECONNREFUSED/,
      ),
    });
    expect(setting.lines).toEqual([
      expect.objectContaining({
        level: 'error',
        event: 'failed',
        retryable: 2,
        reason: expect.stringMatching('REFUSED'),
      }),
    ]);
    const restarted = await startProxy(setting.url, proxy.port);
    onTestFinished(() => restarted.close());
    expect(await writer(envelope(chatMsg('m')))).toEqual({ written: 1 });
  });

  test('that became read-only by a fail-over is left, and looked for anew at the next event', async () => {
    const readOnly = (value: string) =>
      setting.client.query(
        `alter database ${new URL(setting.url).pathname.slice(1)} set default_transaction_read_only = ${value}`,
      );
    await readOnly('on');
    const writer = await setting.startWriter();
    await vi.waitFor(async () => expect(await setting.connections()).toHaveLength(1));
    await expect(writer(envelope(chatMsg('m')))).rejects.toMatchObject({
      name: 'DatabaseUnavailable',
      message: expect.stringContaining('read-only transaction'),
    });
    await readOnly('off');
    expect(await writer(envelope(chatMsg('m')))).toEqual({ written: 1 });
  });

  test('whose connections are all taken is waited for', async () => {
    const env = await addRole('crowded', 'password', 1);
    const guest = new pg.Client(urlOf(env));
    await guest.connect();
    const proxy = await startProxy(setting.url);
    onTestFinished(() => proxy.close());
    const writer = await setting.startWriter({ ...env, PGPORT: String(proxy.port) });
    const written = writer(envelope(chatMsg('m')));
    await vi.waitFor(() => expect(proxy.connections).toBeGreaterThan(3), 4_000);
    await guest.end();
    expect(await written).toEqual({ written: 1 });
  });

  test('that does not know the function’s statement refuses it, with the reason', async () => {
    const writer = await setting.startWriter();
    await setting.client.query('drop function chat_insert');
    await expect(writer(envelope(chatMsg('m')))).rejects.toMatchObject({
      name: 'DatabaseRefused',
      message: expect.stringMatching(
        /did not finish insert-message: function .*chat_insert.* does not exist/,
      ),
    });
  });

  test('lets the writer’s role do nothing but apply messages', async () => {
    const env = await addRole('only_writer', 'password');
    const writer = await setting.startWriter(env);
    expect(await writer(envelope(chatMsg('m')))).toEqual({ written: 1 });
    expect(await writer(envelope(chatMsg('n'), editedMsg('e', 'm', 'edited')))).toEqual({
      written: 1,
      edited: 1,
    });
    const role = new pg.Client(urlOf(env));
    await role.connect();
    for (const query of ['select * from chat_data', 'delete from chat_data', 'select * from outbox']) {
      await expect(role.query(query)).rejects.toMatchObject({ code: '42501' });
    }
    await role.end();
  });
});

describe('the password', () => {
  test('that is wrong fails the invocation, and the error does not tell it', async () => {
    const writer = await setting.startWriter({ PGPASSWORD: 'top secret' });
    const failure = await writer(envelope(chatMsg('m'))).catch(String);
    expect(failure).toMatch(/DatabaseUnavailable.*password authentication failed/);
    expect(failure).not.toContain('top secret');
  });

  test('comes from Secrets Manager, and after a rotation is read again, once', async () => {
    await addRole('rotated', 'first');
    const secrets = await startSecrets({ username: 'rotated', password: 'first', engine: 'postgres' });
    const writer = await setting.startWriter(secrets.env);
    expect(await writer(envelope(chatMsg('a')))).toEqual({ written: 1 });
    await writer(envelope(chatMsg('b')));
    expect(secrets.asked).toEqual(['arn:secret']);

    await setting.client.query(`alter role rotated password 'second'`);
    secrets.hold({ username: 'rotated', password: 'second' });
    await setting.endConnections();
    expect(await writer(envelope(chatMsg('c')))).toEqual({ written: 1 });
    expect(secrets.asked).toHaveLength(2);

    // In the middle of a rotation the secret still holds the old one: the event is tried again later.
    await setting.client.query(`alter role rotated password 'third'`);
    await setting.endConnections();
    await expect(writer(envelope(chatMsg('d')))).rejects.toMatchObject({
      name: 'DatabaseUnavailable',
      message: expect.stringContaining('password authentication failed'),
    });
    expect(secrets.asked).toHaveLength(3);
    secrets.hold({ username: 'rotated', password: 'third' });
    expect(await writer(envelope(chatMsg('d')))).toEqual({ written: 1 });
    expect(Object.keys(await setting.texts())).toEqual(['a', 'b', 'c', 'd']);
  });

  test.each([
    ['is not what a login needs', { user: 'x' }, /username: is missing; password: is missing/],
    ['is refused', undefined, /AccessDeniedException/],
  ])('in a secret that %s fails the invocation with the reason', async (_, secret, reason) => {
    const secrets = await startSecrets(secret);
    const writer = await setting.startWriter(secrets.env);
    await expect(writer(envelope(chatMsg('m')))).rejects.toMatchObject({
      name: 'DatabaseUnavailable',
      message: expect.stringMatching(reason),
    });
  });
});

/** GetSecretValue of AWS Secrets Manager, as the SDK in Lambda's runtime calls it. */
async function startSecrets(secret: object | undefined) {
  const asked: string[] = [];
  let held = secret;
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += chunk));
    request.on('end', () => {
      asked.push(JSON.parse(body).SecretId);
      const isKnown = held && request.headers['x-amz-target'] === 'secretsmanager.GetSecretValue';
      response.writeHead(isKnown ? 200 : 400, { 'content-type': 'application/x-amz-json-1.1' });
      const answer = { SecretString: JSON.stringify(held), VersionStages: ['AWSCURRENT'] };
      response.end(JSON.stringify(isKnown ? answer : { __type: 'AccessDeniedException', message: 'no' }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(() => resolve()));
  });
  return {
    asked,
    hold(newSecret: object) {
      held = newSecret;
    },
    env: {
      PGUSER: '',
      PGPASSWORD: '',
      DB_SECRET_ARN: 'arn:secret',
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_ENDPOINT_URL_SECRETS_MANAGER: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    },
  };
}
