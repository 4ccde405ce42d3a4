import { afterEach, beforeEach, describe, expect, vi } from 'vitest';
import { PublishFailed } from '~/api/publish-failure';
import { ABLY_REMEMBERS } from '~/store/sending/attempts';
import { isWithdrawable } from '~/store/sending/entry';
import { strings } from '~/strings';
import { test } from '../support/started-store';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const busy = () => Promise.reject(new PublishFailed('rateLimited', { message: 'Rate limit exceeded' }));
const lost = () => Promise.reject(new PublishFailed('connection', { message: 'lost' }));

// Fifty entries, of which Vuex's strict mode watches every property, take seconds on a busy machine.
describe('The pace of the send queue', { timeout: 30_000 }, () => {
  test('spreads fifty lines: ten at once, then ten a second, in order', async ({ chat: { api, store } }) => {
    const begin = Date.now();
    const times: number[] = [];
    api.onPublish = () => Promise.resolve(void times.push(Date.now() - begin));
    const lines = Array.from({ length: 50 }, (_, line) => `line ${line}`);
    for (const line of lines) void store.dispatch('sending/send', line);
    await vi.advanceTimersByTimeAsync(4_000);
    expect(api.published.map(({ data }) => (data as { content: string }).content)).toEqual(lines);
    expect(times.filter((time) => time === 0)).toHaveLength(10);
    for (let second = 0; second < 4; second += 1) {
      const within = times.filter((time) => time > second * 1_000 && time <= (second + 1) * 1_000);
      expect(within.length).toBeLessThanOrEqual(10);
    }
  });

  test('slows down while Ably is busy, keeps the text and the order, and says so', async ({
    chat: { api, store, shown },
  }) => {
    api.onPublish = busy;
    void store.dispatch('sending/send', 'hello');
    void store.dispatch('sending/send', 'again');
    await vi.advanceTimersByTimeAsync(0);
    expect(shown()).toMatchObject([
      { text: 'hello', pending: { status: 'pending', reason: strings.pending.busy } },
      { text: 'again', pending: { status: 'pending' } },
    ]);
    await vi.advanceTimersByTimeAsync(60_000);
    const [id] = api.published.map((message) => message.id);
    expect(new Set(api.published.map((message) => message.id))).toEqual(new Set([id]));
    expect(api.published.length).toBeGreaterThanOrEqual(4);
    expect(api.published.length).toBeLessThanOrEqual(7);

    api.published.splice(0);
    api.onPublish = () => Promise.resolve();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(api.published.map(({ data }) => (data as { content: string }).content).slice(0, 2)).toEqual([
      'hello',
      'again',
    ]);
  });

  test('lets the author withdraw what Ably was too busy for, because nothing is on its way', async ({
    chat: { api, store },
  }) => {
    api.onPublish = busy;
    void store.dispatch('sending/edit', { msgId: 'message-1', content: 'better' });
    await vi.advanceTimersByTimeAsync(0);
    expect(store.state.sending.entries.map(isWithdrawable)).toEqual([true]);
  });

  test('keeps the Ably id of a publish without an answer for as long as Ably remembers it', async ({
    chat: { api, store },
  }) => {
    api.onPublish = lost;
    void store.dispatch('sending/send', 'hello');
    await vi.advanceTimersByTimeAsync(ABLY_REMEMBERS - 1_000);
    const [id] = api.published.map((message) => message.id);
    expect(new Set(api.published.map((message) => message.id))).toEqual(new Set([id]));
    await vi.advanceTimersByTimeAsync(2_000);
    expect(api.published.at(-1)?.id).toBe(`${id}~2`);
  });
});
