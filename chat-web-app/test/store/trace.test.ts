import { afterEach, beforeEach, describe, expect, vi } from 'vitest';
import { PublishFailed } from '~/api/publish-failure';
import { stopsReached, toMeasures, toTotal } from '~/store/trace/measures';
import { UNDO_TIME } from '~/store/sending/module';
import { aDelete, anInsert, anUpdate, aRow } from '../support/a-row';
import { historyOf } from '../support/fake-api';
import { test as base } from '../support/started-store';

const mine = { client_id: 'me', username: 'Me' };
const EVERY_STOP = ['page', 'ably', 'lambda', 'postgres', 'back'];

const test = base.extend('trace', ({ chat: { store } }) => {
  const current = () => {
    const trace = store.state.trace.current;
    if (!trace) throw new Error('No message is traced.');
    return trace;
  };
  return {
    current,
    stops: () => stopsReached(current()),
    figures: () => Object.fromEntries(toMeasures(current()).map(({ name, ms }) => [name, ms] as const)),
  };
});

describe('The trace', () => {
  /** The page's clock, ms. */
  let time = 0;
  beforeEach(() => {
    time = 1_000;
    vi.spyOn(performance, 'now').mockImplementation(() => time);
  });
  afterEach(() => void vi.useRealTimers());

  test('of a message measures the way on the clocks that cover it', async ({
    chat: { api, store, receive },
    trace: { current, stops, figures },
  }) => {
    api.onPublish = () => {
      expect(stops()).toEqual(['page']);
      time = 1_020;
      return Promise.resolve();
    };
    await store.dispatch('sending/send', 'hello');
    expect(stops()).toEqual(['page', 'ably']);
    const id = api.published[0]?.id ?? '';
    time = 1_130;
    receive(anInsert(aRow(7, { ...mine, msg_id: id, msg_data: 'hello', created_at_timestamp: 4_900 })));
    expect(stops()).toEqual(EVERY_STOP);
    time = 1_146;
    await vi.waitFor(() => expect(current().shownAt).toBe(1_146));

    // On Ably's clock: the message at 4,900, its row change at 5,000.
    expect(figures()).toEqual({ network: 30, behindAbly: 100, screen: 16 });
    expect(toTotal(current())).toBe(146);
    expect(current().arrival).toMatchObject({ recordId: 7, revision: 1 });
  });

  test('starts when the message is published, not while it waits for the connection', async ({
    chat: { store },
    trace: { current },
  }) => {
    store.commit('connection/changed', { status: 'offline' });
    await store.dispatch('sending/send', 'hello');
    expect(store.state.trace.current).toBeNull();
    time = 180_000;
    store.commit('connection/changed', { status: 'live' });
    await vi.waitFor(() => expect(current().publishedAt).toBe(180_000));
  });

  test('of a message whose row arrives before the acknowledgement is complete', async ({
    chat: { api, store, receive },
    trace: { stops, figures },
  }) => {
    api.onPublish = ({ id }) => {
      time = 1_130;
      receive(anInsert(aRow(7, { ...mine, msg_id: id, msg_data: 'hello', created_at_timestamp: 4_900 })));
      time = 200_000;
      return Promise.resolve();
    };
    await store.dispatch('sending/send', 'hello');
    expect(stops()).toEqual(EVERY_STOP);
    expect(figures()).toMatchObject({ network: 30, behindAbly: 100 });
  });

  test('of a message that only history confirms has one time for the whole way', async ({
    chat: { api, store },
    trace: { current, figures },
  }) => {
    await store.dispatch('sending/send', 'hello');
    const id = api.published[0]?.id ?? '';
    api.history = historyOf(() => [aRow(7, { ...mine, msg_id: id, msg_data: 'hello' })]);
    time = 61_000;
    await store.dispatch('messages/catchUp');
    expect(figures()).toMatchObject({ untilBack: 60_000 });
    expect(current().ended).toBeUndefined();
  });

  test('ends when Ably rejects the message, and starts again with the retry', async ({
    chat: { api, store },
    trace: { current },
  }) => {
    api.onPublish = () => Promise.reject(new PublishFailed('tooLarge', { message: 'too large' }));
    await store.dispatch('sending/send', 'hello');
    expect(current()).toMatchObject({ publishedAt: 1_000, ended: 'rejected' });
    api.onPublish = () => Promise.resolve();
    time = 90_000;
    await store.dispatch('sending/retry', current().id);
    expect(current()).toMatchObject({ publishedAt: 90_000, acknowledgedAt: 90_000 });
    expect(current().ended).toBeUndefined();
  });

  test('keeps the first time of publishing when the connection is lost before the answer', async ({
    chat: { api, store },
    trace: { current },
  }) => {
    api.onPublish = () => {
      store.commit('connection/changed', { status: 'offline' });
      return Promise.reject(new PublishFailed('connection', { message: 'lost' }));
    };
    await store.dispatch('sending/send', 'hello');
    api.onPublish = () => Promise.resolve();
    time = 90_000;
    store.commit('connection/changed', { status: 'live' });
    await vi.waitFor(() => expect(current().acknowledgedAt).toBe(90_000));
    expect(current().publishedAt).toBe(1_000);
  });

  test('of an edit ends with its own row only', async ({
    chat: { store, insert, receive },
    trace: { stops },
  }) => {
    insert(aRow(1, mine));
    await store.dispatch('sending/edit', { msgId: 'message-1', content: 'mine' });
    insert(aRow(2));
    receive(anUpdate(aRow(1, { ...mine, revision: 3, msg_data: 'mine' })));
    expect(stops()).toEqual(EVERY_STOP);
  });

  test('of an edit that lost against a newer one ends without a row of its own', async ({
    chat: { store, insert, receive },
    trace: { current, stops },
  }) => {
    insert(aRow(1, mine));
    await store.dispatch('sending/edit', { msgId: 'message-1', content: 'mine' });
    const edited_at_timestamp = Date.now() + 60_000;
    receive(anUpdate(aRow(1, { ...mine, revision: 2, msg_data: 'a newer edit', edited_at_timestamp })));
    expect(store.state.sending.entries).toEqual([]);
    expect(stops()).toEqual(['page', 'ably']);
    expect(current().ended).toBe('superseded');
  });

  test('of a deletion has one time for the whole way, because its row has no timestamp', async ({
    chat: { store, insert, receive },
    trace: { figures },
  }) => {
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    insert(aRow(1, mine));
    void store.dispatch('sending/remove', 'message-1');
    await vi.advanceTimersByTimeAsync(UNDO_TIME * 1_000);
    time = 1_075;
    receive(aDelete(aRow(1, mine)));
    expect(figures()).toMatchObject({ untilBack: 75 });
  });
});
