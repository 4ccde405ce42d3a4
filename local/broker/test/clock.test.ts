import { describe, expect } from 'vitest';
import { collect, restClient, until } from './support/helpers.ts';
import { test } from './support/test.ts';

describe('a system clock that steps back', () => {
  test('never makes a timestamp of a channel smaller', async ({ startBroker, realtimeClient }) => {
    let now = Date.now();
    const broker = await startBroker({ timing: { now: () => now } });
    const ann = realtimeClient(broker, { clientId: 'ann' }).channels.get('room');
    const messages = await collect(ann);
    const events: number[] = [];
    await ann.presence.subscribe(({ timestamp }) => events.push(timestamp));
    const channel = restClient(broker).channels.get('room');
    const start = now;
    const steps = [0, 5_000, -3_600_000, -3_599_000, 6_000];
    for (const [index, step] of steps.entries()) {
      now = start + step;
      await channel.publish(String(index), undefined);
      await ann.presence.update(String(index));
    }
    await until(() => messages.length === steps.length && events.length === steps.length);
    const expected = [0, 5_000, 5_000, 5_000, 6_000].map((step) => start + step);
    expect(messages.map(({ timestamp }) => timestamp)).toEqual(expected);
    expect(events).toEqual(expected);
    const serials = messages.map(({ serial }) => serial);
    expect(serials.toSorted()).toEqual(serials);
    const { items } = await channel.history({ direction: 'forwards' });
    expect(items.map(({ timestamp }) => timestamp)).toEqual(expected);
  });
});
