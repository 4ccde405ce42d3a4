import { flushPromises } from '@vue/test-utils';
import { describe, expect, test } from 'vitest';
import type { AwayChange } from '~/store/away/changes';
import { aDelete, anInsert, anUpdate, aRow } from '../support/a-row';
import { loaded, named } from '../support/page';
import { joinedRoom } from '../support/room';

const settle = async () => {
  await flushPromises();
  await loaded();
  await flushPromises();
};

async function roomWith(count: number) {
  const room = await joinedRoom();
  for (let id = 1; id <= count; id += 1) await room.receive(anInsert(aRow(id)));
  room.api.versions = () =>
    Promise.resolve({
      versions: [
        { revision: 1, content: 'text 1', at: 1_000, source: 'chat' },
        { revision: 2, content: 'text one', at: 2_000, source: 'chat' },
      ],
      complete: true,
    });
  return room;
}

describe('The bar after an absence', () => {
  const changes: AwayChange[] = [
    { kind: 'deleted', msgId: 'gone', author: 'Bob' },
    { kind: 'edited', msgId: 'message-1', author: 'Ann' },
    { kind: 'new', msgId: 'message-3', author: null },
  ];

  test('counts the changes, and leads through them, with the difference of an edit', async () => {
    const { store, wrapper, receive, item } = await roomWith(3);
    await receive(anUpdate(aRow(1, { revision: 2, msg_data: 'text one' })));
    store.commit('away/returned', { changes, isMore: true });
    await settle();
    const bar = () => wrapper.get('.missed');
    const press = async (name: string) => {
      const button = named(bar(), 'button', name);
      (button.element as HTMLElement).focus();
      await button.trigger('click');
      await settle();
    };
    expect(bar().get('[role=status]').text()).toBe(
      'While you were away: more than 1\u00a0new · 1\u00a0edited · 1\u00a0deleted',
    );
    await press('Show');
    expect(bar().get('[role=status]').text()).toBe('1 of 3 · A message by Bob was deleted');
    await press('Next change');
    expect(bar().get('[role=status]').text()).toBe('2 of 3 · Message by Ann was edited');
    expect(item('message-1').find('ins').text()).toContain('one');
    // The focus stays, so that the next press leads on.
    expect(document.activeElement?.getAttribute('aria-label')).toBe('Next change');
    await press('Next change');
    expect(bar().text()).toContain('3 of 3 · New message by an unknown author');
    expect(item('message-1').find('ins').exists()).toBe(false);
    await press('Previous change');
    expect(bar().text()).toContain('2 of 3');
    await press('Dismiss');
    expect(wrapper.find('.missed').exists()).toBe(false);
    expect(document.activeElement?.getAttribute('role')).toBe('log');
  });
});

describe('An edit outside of what the reader sees', () => {
  const chip = (wrapper: Awaited<ReturnType<typeof roomWith>>['wrapper']) => wrapper.find('.edits');

  test('has a button that leads to it', async () => {
    const { wrapper, receive, item } = await roomWith(120);
    await receive(anUpdate(aRow(1, { revision: 2, msg_data: 'text one' })));
    await receive(anUpdate(aRow(2, { revision: 2, msg_data: 'text two' })));
    await settle();
    expect(chip(wrapper).text()).toBe('2 edited above');
    await receive(aDelete(aRow(2)));
    expect(chip(wrapper).text()).toBe('1 edited above');
    await chip(wrapper).trigger('click');
    await settle();
    await settle();
    expect(item('message-1').find('ins').exists()).toBe(true);
    expect(chip(wrapper).exists()).toBe(false);
  });

  test('has none when the reader made it themselves', async () => {
    const { wrapper, receive } = await roomWith(120);
    await receive(anUpdate(aRow(1, { revision: 2, client_id: 'me' })));
    await settle();
    expect(chip(wrapper).exists()).toBe(false);
    await receive(anUpdate(aRow(1, { revision: 3, client_id: 'me', source: 'database' })));
    await settle();
    expect(chip(wrapper).exists()).toBe(true);
  });
});
