import { describe, expect } from 'vitest';
import { Action } from '../src/protocol/actions.ts';
import { FORMATS, restClient } from './support/helpers.ts';
import { enter } from './support/presence.ts';
import { test } from './support/test.ts';

const namesIn = (page: { items: { name?: string | undefined }[] } | null) =>
  page?.items.map(({ name }) => name);

describe('the first and the current page', () => {
  test.for(FORMATS)('of a history without params can be requested again (%s)', async (format, { broker }) => {
    const channel = restClient(broker, {}, format).channels.get('room');
    await channel.publish('a', undefined);
    const page = await channel.history();
    await channel.publish('b', undefined);
    expect(namesIn(page)).toEqual(['a']);
    expect(namesIn(await page.first())).toEqual(['b', 'a']);
    expect(namesIn(await page.current())).toEqual(['b', 'a']);
  });

  test('of a later page are the first one and that page', async ({ broker }) => {
    const channel = restClient(broker).channels.get('room');
    await channel.publish([{ name: 'a' }, { name: 'b' }, { name: 'c' }]);
    const second = await (await channel.history({ limit: 1 })).next();
    expect(namesIn(second)).toEqual(['b']);
    expect(namesIn((await second?.first()) ?? null)).toEqual(['c']);
    expect(namesIn((await second?.current()) ?? null)).toEqual(['b']);
  });

  test('of the presence set and its history can be requested again', async ({ broker, connect }) => {
    const { client } = await connect(broker, { clientId: 'ann' });
    await client.attach('room');
    await enter(client, 'room');
    await client.next(Action.PRESENCE);
    const { presence } = restClient(broker).channels.get('room');
    for (const page of [await presence.get(), await presence.history()]) {
      expect((await page.first()).items).toHaveLength(1);
      expect((await page.current()).items).toHaveLength(1);
    }
  });
});
