import { describe, expect, test, vi } from 'vitest';
import { startChat } from '~/store/start';
import { createChatStore } from '~/store';
import { toSteps } from '~/store/trace/steps';
import { aDelete, anInsert, anUpdate, aRow } from '../support/a-row';
import { fakeApi, incoming } from '../support/fake-api';

const mine = { client_id: 'me', username: 'Me' };

async function chat() {
  const api = fakeApi();
  api.kept.set('nickname', 'Me');
  const store = createChatStore(api, true);
  await startChat(store, api);
  api.listener?.onStatus('live');
  const steps = () => (store.state.trace.current ? toSteps(store.state.trace.current) : []);
  return { api, store, steps, done: () => steps().flatMap(({ name, isDone }) => (isDone ? [name] : [])) };
}

describe('The way of an own message', () => {
  test('is measured step by step, each with the clock that knows it', async () => {
    const { api, store, steps, done } = await chat();
    await store.dispatch('sending/send', 'hello');
    expect(done()).toEqual(['published', 'acknowledged']);
    const id = api.published[0]?.id ?? '';
    api.listener?.onRowChange(
      incoming(anInsert(aRow(7, { ...mine, msg_id: id, msg_data: 'hello', created_at_timestamp: 4_900 }))),
    );
    await vi.waitFor(() => expect(done()).toHaveLength(6));

    const ms = Object.fromEntries(steps().map((step) => [step.name, step.ms]));
    // 5,000 on Ably's clock when the row change was taken, 4,900 when the message was.
    expect(ms.fannedOut).toBe(100);
    expect(ms.written).toBeUndefined();
    expect(ms.acknowledged).toBeGreaterThanOrEqual(0);
    expect(ms.arrived).toBeGreaterThanOrEqual(ms.acknowledged ?? 0);
    expect(ms.shown).toBeGreaterThan(ms.arrived ?? 0);
    expect(store.state.trace.current?.arrival).toMatchObject({ recordId: 7, revision: 1 });
  });

  test('ends with its own row and no other', async () => {
    const { api, store, done } = await chat();
    api.listener?.onRowChange(incoming(anInsert(aRow(1, mine))));
    await store.dispatch('sending/edit', { msgId: 'message-1', content: 'mine' });
    api.listener?.onRowChange(incoming(anInsert(aRow(2))));
    api.listener?.onRowChange(
      incoming(anUpdate(aRow(1, { ...mine, revision: 2, msg_data: 'an earlier edit' }))),
    );
    expect(done()).not.toContain('arrived');
    api.listener?.onRowChange(incoming(anUpdate(aRow(1, { ...mine, revision: 3, msg_data: 'mine' }))));
    expect(done()).toContain('arrived');
  });

  test('of a deletion has no stamp of the row to compare with', async () => {
    vi.useFakeTimers();
    const { api, store, steps } = await chat();
    api.listener?.onRowChange(incoming(anInsert(aRow(1, mine))));
    void store.dispatch('sending/remove', 'message-1');
    await vi.advanceTimersByTimeAsync(6_000);
    api.listener?.onRowChange(incoming(aDelete(aRow(1, mine))));
    expect(steps().find(({ name }) => name === 'fannedOut')).toEqual({
      name: 'fannedOut',
      isDone: true,
      ms: undefined,
    });
    vi.useRealTimers();
  });
});
