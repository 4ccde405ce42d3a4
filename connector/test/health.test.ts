import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, test as base, vi } from 'vitest';
import { createEvents } from '../src/events.ts';
import { startHealthServer } from '../src/monitoring/health.ts';
import { createLagGauge } from '../src/monitoring/lag.ts';
import { followStatus } from '../src/monitoring/status.ts';
import { createLimits } from '../src/limits/limits.ts';
import { defaultOptions } from '../src/options.ts';
import type { Backlog } from '../src/publishing/outbox.ts';

const noBacklog: Backlog = { rows: 0, setAside: 0, oldest: null, now: 0 };
const error = new Error('caused by the test');

const test = base
  /** What the server measures; a test replaces it. */
  .extend('database', () => ({ backlog: () => Promise.resolve(noBacklog) }))
  .extend('events', () => createEvents())
  .extend('get', async ({ database, events }, { onCleanup }) => {
    const address = { healthHost: '127.0.0.1', healthPort: 0 };
    const health = await startHealthServer(
      address,
      events,
      followStatus(events, defaultOptions),
      {
        backlog: () => database.backlog(),
        breakdown: () => Promise.resolve({ pending: new Map([['a', 3]]), setAside: new Map([['40009', 2]]) }),
      },
      createLimits(),
    );
    onCleanup(() => health.close());
    return (path: string) => fetch(new URL(path, health.url));
  });

test.for([
  ['under the name of a web page', { host: 'evil.example' }, 403],
  ['of a web page', { origin: 'http://127.0.0.1:3000' }, 403],
  ['under its own name', { host: 'localhost' }, 200],
] as const)('the health server answers a request %s with %3$d', async ([, headers, status], { get }) => {
  const { port } = new URL((await get('/metrics')).url);
  const request = httpRequest({ port, path: '/metrics', headers }).end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  expect(response.resume().statusCode).toBe(status);
});

test.for(['//', '///', 'http://[', '*', '/%', '/..//'])(
  'the health server survives the request target %j',
  async (path, { get }) => {
    const { port } = new URL((await get('/metrics')).url);
    const socket = connect(Number(port), '127.0.0.1');
    socket.end(`GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n`);
    let text = '';
    for await (const chunk of socket) text += String(chunk);
    expect(text).toMatch(/^HTTP\/1\.1 40[034] /);
    expect((await get('/metrics')).status).toBe(200);
  },
);

describe('/health', () => {
  test('answers 503 until the connector listens for the first time, then always 200', async ({
    events,
    get,
  }) => {
    const health = async () => {
      const response = await get('/health');
      const { status, state } = await response.json();
      return [response.status, status, state];
    };
    expect(await health()).toEqual([503, 'starting', 'starting']);
    events.emit('listening', { node: 'n' });
    expect(await health()).toEqual([200, 'ok', 'listening']);
    events.emit('connection:lost', { failures: 1, delay: 1, error });
    expect(await health()).toEqual([200, 'ok', 'reconnecting']);
  });

  test.for([
    ['fails', () => Promise.reject(error)],
    ['does not answer', () => new Promise<never>(() => undefined)],
  ] as const)(
    'answers 200 without the number of pending rows when the database %s',
    async ([, backlog], { database, events, get }) => {
      database.backlog = backlog;
      events.emit('listening', { node: 'n' });
      const response = await get('/health');
      expect(response.status).toBe(200);
      expect(await response.json()).toMatchObject({ status: 'ok', state: 'listening', waitingRows: null });
    },
  );

  test('counts pending rows once for all requests within a second', async ({ database, get }) => {
    let counts = 0;
    database.backlog = () => Promise.resolve({ ...noBacklog, rows: ++counts });
    const answers = await Promise.all([1, 2, 3].map(async () => (await get('/health')).json()));
    expect(answers.map(({ waitingRows }) => waitingRows)).toEqual([1, 1, 1]);
  });
});

describe('/ready', () => {
  test('lists every reason why row changes are not published', async ({ events, get }) => {
    const ready = async () => {
      const response = await get('/ready');
      return [response.status, (await response.json()).reasons];
    };
    expect(await ready()).toEqual([503, ['not started: the database is unreachable or not set up']]);
    events.emit('listening', { node: 'n' });
    expect(await ready()).toEqual([200, []]);
    events.emit('channel:failed', { channel: 'a', failures: 1, delay: 1, error });
    events.emit('connection:lost', { failures: 1, delay: 1, error });
    events.emit('setup:checked', { differences: ['missing: a trigger'] });
    expect(await ready()).toEqual([
      503,
      [
        expect.stringMatching(
          /^the connection to the database is lost; reconnecting since \d{4}-.*Z: caused by the test$/,
        ),
        expect.stringMatching(/^publishing to channel a fails since \d{4}-.*Z: caused by the test$/),
        'missing: a trigger',
      ],
    ]);
    events.emit('published', { channel: 'a', count: 1, seconds: 0.01 });
    events.emit('listening', { node: 'n' });
    events.emit('setup:checked', { differences: [] });
    expect(await ready()).toEqual([200, []]);
  });

  test('ignores a failed channel that another node now owns', async ({ events, get }) => {
    events.emit('listening', { node: 'n' });
    events.emit('channel:failed', { channel: 'a', failures: 1, delay: 1, error });
    events.emit('channel:emptied', { channel: 'a' });
    expect((await get('/ready')).status).toBe(200);
  });
});

describe('/metrics', () => {
  const numbersOf = (text: string) =>
    Object.fromEntries(
      [...text.matchAll(/^(connector_[a-z_]+) (\S+)$/gm)].map(([, name, value]) => [name, Number(value)]),
    );

  test('answers in Prometheus’ text format with every number', async ({ database, events, get }) => {
    const now = Date.now();
    const oldest = { sequenceId: '7', mutationId: uuid7(now - 90_000) };
    database.backlog = () => Promise.resolve({ rows: 12, setAside: 2, oldest, now });
    events.emit('listening', { node: 'n' });
    events.emit('connection:lost', { failures: 1, delay: 1, error });
    events.emit('published', { channel: 'a', count: 5, seconds: 0.03 });
    events.emit('channel:failed', { channel: 'b', failures: 1, delay: 1, error });
    events.emit('rejected', { channel: 'a', sequenceId: '1', status: 400, code: 40_000, reason: 'bad' });
    const response = await get('/metrics');
    expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0.0.4/);
    const text = await response.text();
    expect(numbersOf(text)).toEqual({
      connector_account_rate: 0,
      connector_lag_rows: 12,
      connector_lag_seconds: 90,
      connector_set_aside_rows: 2,
      connector_stuck_channels: 1,
      connector_ready: 0,
      connector_listening: 0,
      connector_setup_differences: 0,
      connector_published_messages_total: 5,
      connector_retries_total: 1,
      connector_set_aside_messages_total: 1,
      connector_reconnects_total: 1,
      connector_publish_seconds_sum: 0.03,
      connector_publish_seconds_count: 1,
    });
    expect(text).toContain('connector_channel_lag_rows{channel="a"} 3');
    expect(text).toContain('connector_set_aside_by_code{code="40009"} 2');
    expect(text).toMatch(/^connector_channel_blocked_since_seconds\{channel="b"\} \d+/m);
    expect(text).toContain('connector_publish_seconds_bucket{le="0.02"} 0');
    expect(text).toContain('connector_publish_seconds_bucket{le="0.05"} 1');
  });

  test('answers NaN for the lag when the database fails', async ({ database, get }) => {
    database.backlog = () => Promise.reject(error);
    const text = await (await get('/metrics')).text();
    expect(text).toMatch(/^connector_lag_seconds Nan$/im);
    expect(text).toMatch(/^connector_published_messages_total 0$/m);
  });
});

test('lag: counts from when a row was first seen if its id contains no time', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  const backlogs = [1_000, 4_000, 5_000].map((now, index) => ({
    rows: 1,
    setAside: 0,
    oldest: { sequenceId: index < 2 ? '1' : '2', mutationId: 'an id of another writer' },
    now,
  }));
  const measure = createLagGauge(() =>
    Promise.resolve(backlogs.shift() ?? expect.fail('measured too often')),
  );
  const ages: (number | undefined)[] = [];
  for (let i = 0; i < 3; i += 1) {
    ages.push((await measure())?.seconds);
    vi.advanceTimersByTime(1_001);
  }
  vi.useRealTimers();
  expect(ages).toEqual([0, 3, 0]);
});

function uuid7(time: number): string {
  const hex = time.toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7abc-8def-0123456789ab`;
}
