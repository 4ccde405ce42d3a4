import { flushPromises } from '@vue/test-utils';
import { describe, expect, test } from 'vitest';
import { formatMoment } from '~/utils/moment';
import { anInsert, aRow } from '../support/a-row';
import { named } from '../support/page';
import { joinedRoom, mine } from '../support/room';

const start = new Date(2026, 4, 3, 15, 0).getTime();
const at = (minutes: number) => ({ created_at_timestamp: start + minutes * 60_000 });

async function roomWith(...rows: Partial<ReturnType<typeof aRow>>[]) {
  const room = await joinedRoom();
  for (const [index, row] of rows.entries()) await room.receive(anInsert(aRow(index + 1, row)));
  return room;
}

/** In the language and region of the tests. */
const momentAfter = (minutes: number) =>
  formatMoment(start + minutes * 60_000, Date.now()).replaceAll(/\s/g, ' ');

/** What sighted people see of the byline. */
const visible = (item: { element: Element }) =>
  [...item.element.querySelectorAll('.bubble-note > span > :is(span, a):not(.sr-only)')]
    .map((part) => part.textContent.replaceAll(/\s/g, ' '))
    .join(' ');

describe('Messages of one author within five minutes', () => {
  test('have the name on the first and the time on the last', async () => {
    const { item } = await roomWith(at(0), at(1), at(6), at(12));
    expect([1, 2, 3, 4].map((n) => visible(item(`message-${n}`)))).toEqual([
      'by Ann',
      '',
      momentAfter(6),
      `by Ann ${momentAfter(12)}`,
    ]);
  });

  test('each have author and time for screen readers', async () => {
    const { item } = await roomWith(at(0), at(1), at(2));
    for (const n of [1, 2, 3]) {
      expect(item(`message-${n}`).text().replaceAll(/\s+/g, ' ')).toContain(`by Ann ${momentAfter(n - 1)}`);
    }
  });

  test('are separated by another author, another day and the divider of new messages', async () => {
    const { item } = await roomWith(at(0), { ...at(1), client_id: 'eve' }, at(2), at(9 * 60 - 1), at(9 * 60));
    for (const n of [1, 2, 3, 4, 5]) expect(visible(item(`message-${n}`))).toContain('by Ann');
  });

  test('include those that are not sent yet', async () => {
    const { wrapper, receive } = await joinedRoom();
    await receive(anInsert(aRow(1, { ...mine, created_at_timestamp: Date.now() - 1_000 })));
    await named(wrapper, 'textarea', 'Write a message...').setValue('hello');
    await named(wrapper, 'textarea', 'Write a message...').trigger('keydown', { key: 'Enter' });
    await flushPromises();
    const [first, second] = wrapper.findAll('li[data-message-id]');
    if (!first || !second) throw new Error('both messages must be shown');
    expect(visible(first)).toBe('by Me');
    expect(visible(second)).not.toContain('by Me');
  });
});

describe('Code in a message', () => {
  test('is monospaced, and an address in it is no link', async () => {
    const { item } = await roomWith({
      msg_data: '`http://a.example` and\n```sh\ncurl http://b.example\n```',
    });
    expect(item('message-1').findAll('.message-text a')).toEqual([]);
    expect(item('message-1').get('.code-inline').text()).toBe('http://a.example');
    expect(item('message-1').get('pre code').text()).toBe('curl http://b.example');
  });
});
