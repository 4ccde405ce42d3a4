import { flushPromises } from '@vue/test-utils';
import { afterEach, describe, expect, test, vi } from 'vitest';
import ChatRoom from '~/components/message/ChatRoom.vue';
import { anInsert, anUpdate, aRow } from '../support/a-row';
import { named, showStarted } from '../support/page';
import { joinedRoom, mine } from '../support/room';

describe('The chat room', () => {
  test('shows messages and composer only after joining, and then focuses the composer', async () => {
    const { wrapper } = await showStarted(ChatRoom);
    expect(wrapper.find('[role=log]').exists()).toBe(false);
    expect(wrapper.find('textarea').exists()).toBe(false);

    await named(wrapper, 'input', 'Add a nickname').setValue('Ann');
    await wrapper.get('form').trigger('submit');
    await flushPromises();
    expect(wrapper.find('[role=log]').exists()).toBe(true);
    expect(document.activeElement).toBe(named(wrapper, 'textarea', 'Write a message...').element);
  });
});

describe('A message', () => {
  test('of another author is on the left without actions; an own one can be edited and deleted', async () => {
    const { receive, item } = await joinedRoom();
    await receive(anInsert(aRow(1)));
    await receive(anInsert(aRow(2, mine)));
    expect(item('message-1').classes()).not.toContain('message-mine');
    expect(item('message-1').findAll('button')).toEqual([]);
    expect(item('message-2').classes()).toContain('message-mine');
    expect(
      item('message-2')
        .findAll('button')
        .map((button) => button.attributes('aria-label')),
    ).toEqual(['Edit message', 'Delete message']);
  });

  test('is rendered as text, never as HTML', async () => {
    const { receive, item } = await joinedRoom();
    await receive(anInsert(aRow(1, { msg_data: '<img src=x onerror=alert(1)>', username: '<b>Eve</b>' })));
    expect(item('message-1').find('img, b').exists()).toBe(false);
    expect(item('message-1').text()).toContain('<img src=x onerror=alert(1)>');
  });

  test('shows that it was edited, and when', async () => {
    const { receive, item } = await joinedRoom();
    const editedAt = new Date(2026, 4, 3, 15, 7).getTime();
    await receive(anUpdate(aRow(1, { revision: 2, is_edited: true, edited_at_timestamp: editedAt })));
    const text = () => item('message-1').text().replace(/\s+/g, ' ');
    expect(text()).toMatch(/by Ann on 1\/1 at \d+:\d\d [ap]m • edited •/);
    await named(item('message-1'), 'button', 'edited on 3/5 at 3:07 pm').trigger('click');
    expect(text()).toContain('• edited on 3/5 at 3:07 pm •');
  });

  test('edited without a time shows only that it was edited', async () => {
    const { receive, item } = await joinedRoom();
    await receive(anUpdate(aRow(1, { revision: 2, is_edited: true })));
    expect(item('message-1').findAll('button')).toEqual([]);
    expect(item('message-1').text().replace(/\s+/g, ' ')).toMatch(/• edited •$/);
  });

  test('turns web addresses into links without referrer, and nothing else', async () => {
    const { receive, item } = await joinedRoom();
    await receive(anInsert(aRow(1, { msg_data: 'see https://example.org/a. javascript:alert(1)' })));
    const [link, ...others] = item('message-1').findAll('a');
    expect(others).toEqual([]);
    expect(link?.attributes()).toMatchObject({
      href: 'https://example.org/a',
      target: '_blank',
      rel: 'noopener noreferrer nofollow ugc',
    });
    expect(item('message-1').get('p[dir=auto]').text()).toBe(
      'see https://example.org/a. javascript:alert(1)',
    );
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
    expect(wrapper.findAll('li')).toHaveLength(2);
  });

  test('follows a divider when it is the first of its day', async () => {
    const { receive, item } = await joinedRoom();
    await receive(anInsert(aRow(1, { created_at_timestamp: new Date(2020, 0, 1, 23, 59).getTime() })));
    await receive(anInsert(aRow(2, { created_at_timestamp: new Date(2020, 0, 2, 0, 1).getTime() })));
    await receive(anInsert(aRow(3, { created_at_timestamp: new Date(2020, 0, 2, 0, 2).getTime() })));
    const dividers = ['1', '2', '3'].map((id) => item(`message-${id}`).find('.divider').exists());
    expect(dividers).toEqual([true, true, false]);
    expect(item('message-2').get('.divider').text()).toMatch(/^Thursday,? 2 January 2020$/);
  });

  test('that was sent stays one element from pending to confirmed', async () => {
    const { api, wrapper, receive } = await joinedRoom();
    await named(wrapper, 'textarea', 'Write a message...').setValue('hello');
    await named(wrapper, 'textarea', 'Write a message...').trigger('keydown', { key: 'Enter' });
    await flushPromises();
    expect(wrapper.findAll('li')).toHaveLength(1);
    expect(wrapper.get('li').text()).toContain('sending…');
    await receive(anInsert(aRow(1, { ...mine, msg_id: api.published[0]?.id ?? '', msg_data: 'hello' })));
    expect(wrapper.findAll('li')).toHaveLength(1);
    expect(wrapper.get('li').text()).not.toContain('sending…');
  });

  test('that was rejected offers retry and discard', async () => {
    const { api, wrapper } = await joinedRoom();
    api.onPublish = () => Promise.reject(new Error('rate limit exceeded'));
    await named(wrapper, 'textarea', 'Write a message...').setValue('hello');
    await named(wrapper, 'textarea', 'Write a message...').trigger('keydown', { key: 'Enter' });
    await flushPromises();
    expect(wrapper.get('li').text()).toContain('not sent: rate limit exceeded');
    await named(wrapper, 'button', 'Retry').trigger('click');
    await flushPromises();
    expect(api.published).toHaveLength(2);
    await named(wrapper, 'button', 'Discard').trigger('click');
    expect(wrapper.find('li').exists()).toBe(false);
  });
});

describe('The announcer', () => {
  afterEach(() => vi.useRealTimers());

  test('announces one new message in words, many as a number, and no edit or older page', async () => {
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
    expect(announced()).toBe('Ann: text 10');

    for (const id of [12, 13, 14, 15]) await receive(anInsert(aRow(id)));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(announced()).toBe('4 new messages');
  });
});
