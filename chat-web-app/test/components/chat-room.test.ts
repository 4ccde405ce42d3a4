import { flushPromises } from '@vue/test-utils';
import { afterEach, describe, expect, test, vi } from 'vitest';
import ChatRoom from '~/components/message/ChatRoom.vue';
import { formatDay, formatMoment } from '~/utils/moment';
import { aDelete, anInsert, anUpdate, aRow } from '../support/a-row';
import { incoming } from '../support/fake-api';
import { named, showStarted } from '../support/page';
import { joinedRoom, mine } from '../support/room';

describe('The chat room', () => {
  test('shows the messages before joining, the composer afterwards, and then focuses it', async () => {
    const { wrapper, api } = await showStarted(ChatRoom);
    api.listener?.onRowChange(incoming(anInsert(aRow(1))));
    await flushPromises();
    expect(wrapper.get('[role=log]').text()).toContain('text 1');
    expect(wrapper.find('textarea').exists()).toBe(false);

    await named(wrapper, 'input', 'Add a nickname').setValue('Ann');
    await wrapper.get('form').trigger('submit');
    await flushPromises();
    expect(document.activeElement).toBe(named(wrapper, 'textarea', 'Write a message...').element);
  });
});

describe('A message', () => {
  test('of another author is on the left and cannot be changed; an own one can be edited and deleted', async () => {
    const { receive, item } = await joinedRoom();
    await receive(anInsert(aRow(1)));
    await receive(anInsert(aRow(2, mine)));
    expect(item('message-1').classes()).not.toContain('message-mine');
    expect(item('message-2').classes()).toContain('message-mine');
    const actions = (id: string) =>
      item(id)
        .findAll('button')
        .map((button) => button.attributes('aria-label'));
    expect(actions('message-1')).toEqual(['More actions']);
    expect(actions('message-2')).toEqual(['More actions', 'Edit message', 'Delete message']);
  });

  test('is rendered as text, never as HTML', async () => {
    const { receive, item } = await joinedRoom();
    await receive(anInsert(aRow(1, { msg_data: '<img src=x onerror=alert(1)>', username: '<b>Eve</b>' })));
    expect(item('message-1').find('img, b').exists()).toBe(false);
    expect(item('message-1').text()).toContain('<img src=x onerror=alert(1)>');
  });

  test('shows that it was edited, how often, and when', async () => {
    const { receive, item } = await joinedRoom();
    const editedAt = new Date(2026, 4, 3, 15, 7).getTime();
    await receive(anUpdate(aRow(1, { revision: 3, is_edited: true, edited_at_timestamp: editedAt })));
    const plain = (text: string) => text.replace(/\s+/g, ' ');
    const byline = `by Ann ${formatMoment(1_000, Date.now())} • edited · v3 •`;
    expect(plain(item('message-1').text())).toContain(plain(byline));
    expect(item('message-1').get('[data-versions]').attributes('title')).toBe(
      `edited ${formatMoment(editedAt, Date.now())}`,
    );
  });

  test('that a program wrote as an edited one has no versions to show', async () => {
    const { receive, item } = await joinedRoom();
    await receive(anInsert(aRow(1, { is_edited: true })));
    expect(item('message-1').find('[data-versions]').exists()).toBe(false);
    expect(item('message-1').text().replace(/\s+/g, ' ')).toMatch(/• edited •$/);
  });

  test('turns web addresses into links without referrer, and nothing else', async () => {
    const { receive, item } = await joinedRoom();
    await receive(anInsert(aRow(1, { msg_data: 'see https://example.org/a. javascript:alert(1)' })));
    const [link, ...others] = item('message-1').findAll('.message-text a');
    expect(others).toEqual([]);
    expect(link?.attributes()).toMatchObject({
      href: 'https://example.org/a',
      target: '_blank',
      rel: 'noopener noreferrer nofollow ugc',
    });
    expect(item('message-1').get('[dir=auto]').text()).toBe('see https://example.org/a. javascript:alert(1)');
  });

  test('does not break the page with a huge text or extreme numbers', async () => {
    const { receive, wrapper, item } = await joinedRoom();
    await receive(
      anInsert(
        aRow(1, {
          msg_data: '\u202e'.repeat(5_000_000),
          username: 'n'.repeat(1_000_000),
          created_at_timestamp: 9e18,
          edited_at_timestamp: -9e18,
          is_edited: true,
        }),
      ),
    );
    await receive(anInsert(aRow(2, { username: null, msg_data: null, client_id: null })));
    expect(item('message-1').text().length).toBeLessThan(5_000);
    expect(item('message-1').text()).toContain('longer than a message can be');
    expect(item('message-1').text()).toContain('at an unknown time');
    expect(item('message-2').text()).toContain('by someone');
    expect(wrapper.findAll('li[data-message-id]')).toHaveLength(2);
  });

  test('follows a divider when it is the first of its day', async () => {
    const { receive, item } = await joinedRoom();
    await receive(anInsert(aRow(1, { created_at_timestamp: new Date(2020, 0, 1, 23, 59).getTime() })));
    await receive(anInsert(aRow(2, { created_at_timestamp: new Date(2020, 0, 2, 0, 1).getTime() })));
    await receive(anInsert(aRow(3, { created_at_timestamp: new Date(2020, 0, 2, 0, 2).getTime() })));
    const dividers = ['1', '2', '3'].map((id) => item(`message-${id}`).find('.divider').exists());
    expect(dividers).toEqual([true, true, false]);
    const secondDay = new Date(2020, 0, 2).getTime();
    expect(item('message-2').get('.divider').text()).toBe(formatDay(secondDay, Date.now()));
  });

  test('that was sent stays one element from pending to confirmed', async () => {
    const { api, wrapper, receive } = await joinedRoom();
    await named(wrapper, 'textarea', 'Write a message...').setValue('hello');
    await named(wrapper, 'textarea', 'Write a message...').trigger('keydown', { key: 'Enter' });
    await flushPromises();
    expect(wrapper.findAll('li[data-message-id]')).toHaveLength(1);
    expect(wrapper.get('li[data-message-id]').text()).toContain('Ably has it, waiting for the database…');
    await receive(anInsert(aRow(1, { ...mine, msg_id: api.published[0]?.id ?? '', msg_data: 'hello' })));
    expect(wrapper.findAll('li[data-message-id]')).toHaveLength(1);
    expect(wrapper.get('li[data-message-id]').text()).not.toContain('Ably has it, waiting for the database…');
  });

  test('that was rejected offers retry and discard', async () => {
    const { api, wrapper } = await joinedRoom();
    api.onPublish = () => Promise.reject(new Error('rate limit exceeded'));
    await named(wrapper, 'textarea', 'Write a message...').setValue('hello');
    await named(wrapper, 'textarea', 'Write a message...').trigger('keydown', { key: 'Enter' });
    await flushPromises();
    expect(wrapper.get('li[data-message-id]').text()).toContain('not sent: rate limit exceeded');
    await named(wrapper, 'button', 'Retry').trigger('click');
    await flushPromises();
    expect(api.published).toHaveLength(2);
    await named(wrapper, 'button', 'Discard').trigger('click');
    expect(wrapper.find('li[data-message-id]').exists()).toBe(false);
  });
});

describe('The announcer', () => {
  afterEach(() => vi.useRealTimers());

  test('announces a message or an edit in words, many as a number, and no older page', async () => {
    vi.useFakeTimers();
    const { receive, wrapper } = await joinedRoom();
    const announced = () =>
      wrapper
        .findAll('[role=status]')
        .map((status) => status.text())
        .join('');
    await vi.advanceTimersByTimeAsync(1_000);
    expect(wrapper.get('[role=log]').attributes('aria-live')).toBe('off');

    await receive(anInsert(aRow(10)));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(announced()).toBe('Ann: text 10');

    await receive(anUpdate(aRow(10, { revision: 2, msg_data: 'edited' })));
    await receive(anInsert(aRow(1)));
    await receive(anInsert(aRow(11, mine)));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(announced()).toBe('Ann edited: edited');

    for (const id of [12, 13, 14, 15]) await receive(anInsert(aRow(id)));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(announced()).toBe('4 new messages');
  });

  test('announces edits and deletions by others, and own failures, gathered over a second', async () => {
    vi.useFakeTimers();
    const { api, receive, wrapper } = await joinedRoom();
    const announced = () => wrapper.findAll('[role=status]').map((status) => status.text());
    for (const id of [1, 2, 3, 4, 5]) await receive(anInsert(aRow(id)));
    await receive(anInsert(aRow(6, mine)));
    await vi.advanceTimersByTimeAsync(1_000);

    for (const id of [1, 2, 3]) await receive(anUpdate(aRow(id, { revision: 2 })));
    await receive(anUpdate(aRow(1, { revision: 2 })));
    await receive(anUpdate(aRow(6, { ...mine, revision: 2 })));
    await receive(aDelete(aRow(4)));
    api.onPublish = () => Promise.reject(new Error('rate limit exceeded'));
    await named(wrapper, 'textarea', 'Write a message...').setValue('hello');
    await named(wrapper, 'textarea', 'Write a message...').trigger('keydown', { key: 'Enter' });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(announced()).toContain(
      '3 messages were edited\n1 message was deleted\nnot sent: rate limit exceeded',
    );
  });

  test('says nothing of a message that came and went before it was announced', async () => {
    vi.useFakeTimers();
    const { receive, wrapper } = await joinedRoom();
    await receive(anInsert(aRow(1)));
    await receive(aDelete(aRow(1)));
    await receive(anInsert(aRow(2)));
    await receive(anUpdate(aRow(2, { revision: 2, msg_data: 'better' })));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(wrapper.findAll('[role=status]').map((status) => status.text())).toContain('Ann: better');
  });
});
