import { describe, expect, test, vi } from 'vitest';
import { createEvents } from '../src/events.ts';
import { startHealthServer } from '../src/monitoring/health.ts';
import { createLagGauge } from '../src/monitoring/lag.ts';

test.each([
  ['refuses', () => Promise.reject(new Error('no connection'))],
  ['does not answer', () => new Promise<never>(() => undefined)],
])('is well, and says that it does not know what waits, while the database %s', async (_, countWaiting) => {
  const events = createEvents();
  const health = await startHealthServer({ healthHost: '127.0.0.1', healthPort: 0 }, events, countWaiting);
  events.emit('listening', { node: 'n' });
  try {
    const answer = await fetch(health.url);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ status: 'ok', state: 'listening', waitingRows: null });
  } finally {
    await health.close();
  }
});

const nothingWaits = () => Promise.resolve({ rows: 0, setAside: 0, oldest: null, now: 0 });
const at = { healthHost: '127.0.0.1', healthPort: 0 };

describe('/ready', () => {
  test('tells every reason why row changes do not go out now', async () => {
    const events = createEvents();
    const health = await startHealthServer(at, events, nothingWaits);
    const ask = async () => {
      const answer = await fetch(new URL('/ready', health.url));
      return [answer.status, (await answer.json()).reasons];
    };
    const error = new Error('told to fail');
    try {
      expect(await ask()).toEqual([503, ['not started yet: the database is not reached or not set up']]);
      events.emit('listening', { node: 'n' });
      expect(await ask()).toEqual([200, []]);
      events.emit('channel:failed', { channel: 'a', failures: 1, delay: 1, error });
      events.emit('connection:lost', { failures: 1, delay: 1, error });
      events.emit('setup:checked', { differences: ['missing: a trigger'] });
      expect(await ask()).toEqual([
        503,
        [
          'the connection to the database is lost; connecting again',
          'publishing fails, and is tried again, for 1 of the channels',
          'missing: a trigger',
        ],
      ]);
      events.emit('published', { channel: 'a', count: 1, seconds: 0.01 });
      events.emit('listening', { node: 'n' });
      events.emit('setup:checked', { differences: [] });
      expect(await ask()).toEqual([200, []]);
    } finally {
      await health.close();
    }
  });

  test('does not count a channel that another node has taken over', async () => {
    const events = createEvents();
    const health = await startHealthServer(at, events, nothingWaits);
    events.emit('listening', { node: 'n' });
    events.emit('channel:failed', { channel: 'a', failures: 1, delay: 1, error: new Error('x') });
    events.emit('channel:emptied', { channel: 'a' });
    try {
      expect((await fetch(new URL('/ready', health.url))).status).toBe(200);
    } finally {
      await health.close();
    }
  });
});

describe('/metrics', () => {
  const numbersOf = (text: string) =>
    Object.fromEntries(
      [...text.matchAll(/^(connector_[a-z_]+) (\S+)$/gm)].map(([, name, value]) => [name, Number(value)]),
    );

  test('is Prometheus text with lag, published, retried, set aside and reconnects', async () => {
    const events = createEvents();
    const now = Date.now();
    const oldest = { sequenceId: '7', mutationId: uuid7(now - 90_000) };
    const health = await startHealthServer(at, events, () =>
      Promise.resolve({ rows: 12, setAside: 2, oldest, now }),
    );
    events.emit('listening', { node: 'n' });
    events.emit('connection:lost', { failures: 1, delay: 1, error: new Error('gone') });
    events.emit('published', { channel: 'a', count: 5, seconds: 0.03 });
    events.emit('channel:failed', { channel: 'b', failures: 1, delay: 1, error: new Error('500') });
    events.emit('refused', { channel: 'a', sequenceId: '1', status: 400, code: 40_000, reason: 'bad' });
    try {
      const answer = await fetch(new URL('/metrics', health.url));
      expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0.0.4/);
      const text = await answer.text();
      expect(numbersOf(text)).toEqual({
        connector_lag_rows: 12,
        connector_lag_seconds: 90,
        connector_set_aside_rows: 2,
        connector_stuck_channels: 1,
        connector_listening: 0,
        connector_setup_differences: 0,
        connector_published_messages_total: 5,
        connector_retries_total: 1,
        connector_set_aside_messages_total: 1,
        connector_reconnects_total: 1,
        connector_publish_seconds_sum: 0.03,
        connector_publish_seconds_count: 1,
      });
      expect(text).toContain('connector_publish_seconds_bucket{le="0.02"} 0');
      expect(text).toContain('connector_publish_seconds_bucket{le="0.05"} 1');
    } finally {
      await health.close();
    }
  });

  test('says NaN for the lag while the database does not', async () => {
    const health = await startHealthServer(at, createEvents(), () => Promise.reject(new Error('gone')));
    try {
      const text = await (await fetch(new URL('/metrics', health.url))).text();
      expect(text).toMatch(/^connector_lag_seconds Nan$/im);
      expect(text).toMatch(/^connector_published_messages_total 0$/m);
    } finally {
      await health.close();
    }
  });
});

describe('the age of the first row that waits', () => {
  test('of a row without a time in its id counts from when it was first seen', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const answers = [1_000, 4_000, 5_000].map((now, place) => ({
      rows: 1,
      setAside: 0,
      oldest: { sequenceId: place < 2 ? '1' : '2', mutationId: 'an id of theirs' },
      now,
    }));
    const ask = createLagGauge(() => Promise.resolve(answers.shift() ?? expect.fail('asked too often')));
    const ages: (number | undefined)[] = [];
    for (let i = 0; i < 3; i += 1) {
      ages.push((await ask())?.seconds);
      vi.advanceTimersByTime(1_001);
    }
    vi.useRealTimers();
    expect(ages).toEqual([0, 3, 0]);
  });
});

function uuid7(time: number): string {
  const hex = time.toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7abc-8def-0123456789ab`;
}

test('counts once for everybody who asks within a second', async () => {
  let counted = 0;
  const health = await startHealthServer({ healthHost: '127.0.0.1', healthPort: 0 }, createEvents(), () =>
    Promise.resolve({ rows: ++counted, setAside: 0, oldest: null, now: 0 }),
  );
  try {
    const answers = await Promise.all([1, 2, 3].map(async () => (await fetch(health.url)).json()));
    expect(answers.map(({ waitingRows }) => waitingRows)).toEqual([1, 1, 1]);
  } finally {
    await health.close();
  }
});

test('is not well before it listened for the first time, and well ever after', async () => {
  const events = createEvents();
  const health = await startHealthServer({ healthHost: '127.0.0.1', healthPort: 0 }, events, () =>
    Promise.resolve({ rows: 0, setAside: 0, oldest: null, now: 0 }),
  );
  const ask = async () => {
    const answer = await fetch(health.url);
    const { status, state } = await answer.json();
    return [answer.status, status, state];
  };
  try {
    expect(await ask()).toEqual([503, 'starting', 'starting']);
    events.emit('listening', { node: 'n' });
    expect(await ask()).toEqual([200, 'ok', 'listening']);
    events.emit('connection:lost', { failures: 1, delay: 1, error: new Error('gone') });
    expect(await ask()).toEqual([200, 'ok', 'reconnecting']);
  } finally {
    await health.close();
  }
});
