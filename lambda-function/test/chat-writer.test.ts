import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { migrate } from '../../sql/src/migrate.ts';
import { startDatabaseServer } from '../../sql/test/support/database-server.ts';
import type { DatabaseServer } from '../../sql/test/support/database-server.ts';
import { chatMsg, deletedMsg, editedMsg, envelope } from './support/events.ts';
import { databaseEnv, startInstance } from './support/functions.ts';
import { startProxy } from './support/proxy.ts';

let server: DatabaseServer;
let url: string;
let client: pg.Client;
let lines: Record<string, unknown>[];

beforeAll(async () => {
  server = await startDatabaseServer();
});
afterAll(() => server.stop());

beforeEach(async () => {
  url = await server.createDatabase();
  await migrate(url);
  client = new pg.Client(url);
  await client.connect();
  lines = [];
  for (const level of ['log', 'warn', 'error'] as const) {
    vi.spyOn(console, level).mockImplementation((line: string) => lines.push(JSON.parse(line)));
  }
});
afterEach(async () => {
  vi.restoreAllMocks();
  await client.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'chat-lambda'`,
  );
  await client.end();
});

const start = () => startInstance('chat-writer', databaseEnv(url));

async function texts(): Promise<Record<string, string>> {
  const { rows } = await client.query('select msg_id, msg_data from chat_data');
  return Object.fromEntries(rows.map(({ msg_id, msg_data }) => [msg_id, msg_data]));
}
async function connections(): Promise<number[]> {
  const { rows } = await client.query(
    `select pid from pg_stat_activity where application_name = 'chat-lambda' and datname = current_database()`,
  );
  return rows.map(({ pid }) => pid);
}

test('every message of an event is written, and the log says how many, with the request id', async () => {
  const writer = await start();
  expect(await writer(envelope(chatMsg('a', 'one'), chatMsg('b', 'two'), chatMsg('c', 'three')))).toEqual({
    written: 3,
  });
  expect(await texts()).toEqual({ a: 'one', b: 'two', c: 'three' });
  expect(lines).toEqual([
    { level: 'info', event: 'applied', requestId: expect.stringMatching(/^request-/), written: 3 },
  ]);
});

test('one bad message among ten: nine are written, the reason is logged, the text is not', async () => {
  const writer = await start();
  const messages = Array.from({ length: 10 }, (_, n) => chatMsg(`m${n}`, n === 4 ? 'secret\0' : 'fine'));
  expect(await writer(envelope(...messages))).toEqual({ written: 9, malformed: 1 });
  expect(Object.keys(await texts())).toHaveLength(9);
  expect(lines[0]).toMatchObject({
    level: 'warn',
    event: 'malformed-message',
    place: 4,
    reason: 'The data of chatMsg is not valid: content: must not contain control characters',
  });
  expect(JSON.stringify(lines)).not.toMatch(/secret|fine/);
});

test.each([[undefined], [{ messages: 'x' }], [{ ...envelope(chatMsg('m')), source: 'channel.presence' }]])(
  'an event that is no envelope (%o) is logged and dropped, never retried',
  async (event) => {
    const writer = await start();
    expect(await writer(event)).toEqual({ malformed: 1 });
    expect(lines).toEqual([expect.objectContaining({ level: 'error', event: 'malformed-event' })]);
    expect(await connections()).toEqual([]);
  },
);

test('an event repeated by AWS changes nothing', async () => {
  const writer = await start();
  const event = envelope(chatMsg('m'), editedMsg('e', 'm', 'edited'));
  expect(await writer(event)).toEqual({ written: 1, edited: 1 });
  expect(await writer(event)).toEqual({ duplicate: 2 });
  expect(await texts()).toEqual({ m: 'edited' });
});

test('another’s edit and delete are refused', async () => {
  const writer = await start();
  await writer(envelope(chatMsg('m', 'mine')));
  const eve = { clientId: 'eve' };
  expect(await writer(envelope(editedMsg('e', 'm', 'defaced', eve), deletedMsg('d', 'm', eve)))).toEqual({
    foreign: 2,
  });
  expect(await texts()).toEqual({ m: 'mine' });
});

test('an edit before its insert: the others are committed, then a named error asks AWS to retry', async () => {
  const writer = await start();
  const event = envelope(editedMsg('e', 'late', 'edited'), chatMsg('other'), deletedMsg('d', 'never'));
  await expect(writer(event)).rejects.toMatchObject({
    name: 'TargetMissing',
    messageIds: ['e', 'd'],
    message: expect.stringContaining('e, d'),
  });
  expect(await texts()).toEqual({ other: 'hi' });
  await writer(envelope(chatMsg('late')));
  await expect(writer(event)).rejects.toMatchObject({ messageIds: ['d'] });
  expect(await texts()).toEqual({ other: 'hi', late: 'edited' });
});

test('text is data, whatever it says', async () => {
  const writer = await start();
  const nasty = [
    "'); drop table chat_data; --",
    '{"a",NULL,\\}',
    'NULL',
    '$1 \\x00 \\u0000',
    '👩‍👩‍👧 ‏ שלום\n\t<b>',
  ];
  await writer(envelope(...nasty.map((content, n) => chatMsg(`m${n}`, content))));
  expect(Object.values(await texts()).sort()).toEqual(nasty.toSorted());
});

test('an event of 1,000 messages is one transaction', async () => {
  const writer = await start();
  await writer(envelope(...Array.from({ length: 1000 }, (_, n) => chatMsg(`m${n}`))));
  const { rows } = await client.query(
    'select count(*)::int, count(distinct xmin::text)::int as transactions from chat_data',
  );
  expect(rows).toEqual([{ count: 1000, transactions: 1 }]);
});

describe('the connection', () => {
  test('is made at the first event and kept for the next', async () => {
    const writer = await start();
    expect(await connections()).toEqual([]);
    await writer(envelope(chatMsg('a')));
    const before = await connections();
    await writer(envelope(chatMsg('b')));
    expect(await connections()).toEqual(before);
    expect(before).toHaveLength(1);
  });

  test('dropped between two events is replaced unnoticed', async () => {
    const writer = await start();
    await writer(envelope(chatMsg('a')));
    const [pid] = await connections();
    await client.query('select pg_terminate_backend($1)', [pid]);
    expect(await writer(envelope(chatMsg('b')))).toEqual({ written: 1 });
    expect(await connections()).not.toContain(pid);
  });

  test('dropped in the middle of an event is replaced, and the event applied once', async () => {
    const writer = await start();
    await writer(envelope(chatMsg('m')));
    await client.query('begin');
    await client.query('lock table chat_data');
    const applied = writer(envelope(editedMsg('e', 'm', 'edited'), chatMsg('n')));
    const [pid] = await connections();
    await vi.waitFor(async () => {
      const { rows } = await client.query('select from pg_locks where pid = $1 and not granted', [pid]);
      expect(rows).toHaveLength(1);
    });
    await client.query('select pg_terminate_backend($1)', [pid]);
    await client.query('commit');
    expect(await applied).toEqual({ edited: 1, written: 1 });
    expect(await texts()).toEqual({ m: 'edited', n: 'hi' });
  });

  test('that no longer answers is given up after 6 s, in favour of a new one', async () => {
    const proxy = await startProxy(url);
    try {
      const writer = await startInstance('chat-writer', { ...databaseEnv(url), PGPORT: String(proxy.port) });
      await writer(envelope(chatMsg('a')));
      proxy.freeze();
      expect(await writer(envelope(chatMsg('b')))).toEqual({ written: 1 });
      expect(await texts()).toEqual({ a: 'hi', b: 'hi' });
    } finally {
      await proxy.close();
    }
  });

  test('that cannot be made fails the invocation with a named error, and the next event tries again', async () => {
    const proxy = await startProxy(url);
    const writer = await startInstance('chat-writer', { ...databaseEnv(url), PGPORT: String(proxy.port) });
    await proxy.close();
    await expect(writer(envelope(chatMsg('m')))).rejects.toMatchObject({
      name: 'DatabaseUnavailable',
      message: expect.stringMatching(
        /^Could not connect to database test_\d+ at 127\.0\.0\.1:\d+: .*ECONNREFUSED/,
      ),
    });
    const restarted = await startProxy(url, proxy.port);
    try {
      expect(await writer(envelope(chatMsg('m')))).toEqual({ written: 1 });
    } finally {
      await restarted.close();
    }
  });

  test('is not retried with a wrong password, and the error does not tell it', async () => {
    const writer = await startInstance('chat-writer', { ...databaseEnv(url), PGPASSWORD: 'top secret' });
    const failure = await writer(envelope(chatMsg('m'))).catch(String);
    expect(failure).toMatch(/DatabaseUnavailable.*password authentication failed/);
    expect(failure).not.toContain('top secret');
  });
});

test('a delete at the same moment as the repeated insert is met with another attempt', async () => {
  const writer = await start();
  await writer(envelope(chatMsg('m')));
  await client.query('begin');
  await client.query("delete from chat_data where msg_id = 'm'");
  const repeat = writer(envelope(chatMsg('m'), chatMsg('n')));
  await vi.waitFor(async () => {
    const { rows } = await client.query('select from pg_locks where not granted');
    expect(rows).toHaveLength(1);
  });
  await client.query('commit');
  expect(await repeat).toEqual({ gone: 1, written: 1 });
  expect(await texts()).toEqual({ n: 'hi' });
});
