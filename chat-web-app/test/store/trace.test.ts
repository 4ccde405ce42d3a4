import { afterEach, describe, expect, vi } from 'vitest';
import { toSteps } from '~/store/trace/steps';
import { aDelete, anInsert, anUpdate, aRow } from '../support/a-row';
import { test as base } from '../support/started-store';

const mine = { client_id: 'me', username: 'Me' };

const test = base.extend('trace', ({ chat: { store } }) => {
  const steps = () => (store.state.trace.current ? toSteps(store.state.trace.current) : []);
  return { steps, done: () => steps().flatMap(({ name, isDone }) => (isDone ? [name] : [])) };
});

describe('The trace', () => {
  afterEach(() => void vi.useRealTimers());

  test('of a message measures each step on the clock that covers it', async ({
    chat: { api, store, receive },
    trace: { steps, done },
  }) => {
    await store.dispatch('sending/send', 'hello');
    expect(done()).toEqual(['published', 'acknowledged']);
    const id = api.published[0]?.id ?? '';
    receive(anInsert(aRow(7, { ...mine, msg_id: id, msg_data: 'hello', created_at_timestamp: 4_900 })));
    await vi.waitFor(() => expect(done()).toHaveLength(6));

    const ms = Object.fromEntries(steps().map((step) => [step.name, step.ms]));
    // On Ably's clock: the message at 4,900, its row change at 5,000.
    expect(ms.fannedOut).toBe(100);
    expect(ms.written).toBeUndefined();
    expect(ms.acknowledged).toBeGreaterThanOrEqual(0);
    expect(ms.arrived).toBeGreaterThanOrEqual(ms.acknowledged ?? 0);
    expect(ms.shown).toBeGreaterThan(ms.arrived ?? 0);
    expect(store.state.trace.current?.arrival).toMatchObject({ recordId: 7, revision: 1 });
  });

  test('of an edit ends with its own row only', async ({
    chat: { store, insert, receive },
    trace: { done },
  }) => {
    insert(aRow(1, mine));
    await store.dispatch('sending/edit', { msgId: 'message-1', content: 'mine' });
    insert(aRow(2));
    receive(anUpdate(aRow(1, { ...mine, revision: 2, msg_data: 'an earlier edit' })));
    expect(done()).not.toContain('arrived');
    receive(anUpdate(aRow(1, { ...mine, revision: 3, msg_data: 'mine' })));
    expect(done()).toContain('arrived');
  });

  test('of an edit that lost against a newer one still shows the acknowledgement', async ({
    chat: { api, store, insert, receive },
    trace: { done },
  }) => {
    insert(aRow(1, mine));
    api.onPublish = () => {
      receive(anUpdate(aRow(1, { ...mine, revision: 2, msg_data: 'a newer edit' })));
      return Promise.resolve();
    };
    await store.dispatch('sending/edit', { msgId: 'message-1', content: 'mine' });
    expect(store.state.sending.entries).toEqual([]);
    expect(done()).toEqual(['published', 'acknowledged']);
  });

  test('of a deletion has no fan-out time, because its row has no timestamp', async ({
    chat: { store, insert, receive },
    trace: { steps },
  }) => {
    vi.useFakeTimers();
    insert(aRow(1, mine));
    void store.dispatch('sending/remove', 'message-1');
    await vi.advanceTimersByTimeAsync(6_000);
    receive(aDelete(aRow(1, mine)));
    expect(steps().find(({ name }) => name === 'fannedOut')).toEqual({
      name: 'fannedOut',
      isDone: true,
      ms: undefined,
    });
  });
});
