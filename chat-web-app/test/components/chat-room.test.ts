import { flushPromises } from '@vue/test-utils';
import { describe, expect, test } from 'vitest';
import ChatRoom from '~/components/message/ChatRoom.vue';
import { aDelete, anInsert, anUpdate, aRow } from '../support/a-row';
import { fakeApi } from '../support/fake-api';
import { named, showStarted } from '../support/page';

const mine = { client_id: 'me', username: 'Me', msg_data: 'my words' };

async function joinedRoom() {
  const api = fakeApi();
  api.kept.set('nickname', 'Me');
  const room = await showStarted(ChatRoom, api);
  const hear = async (data: unknown) => {
    api.listener?.onRowChange(data);
    await flushPromises();
  };
  const item = (id: string) => room.wrapper.get(`[data-message-id="${id}"]`);
  return { ...room, hear, item };
}

async function editing() {
  const room = await joinedRoom();
  await room.hear(anInsert(aRow(1, mine)));
  await named(room.item('message-1'), 'button', 'Edit message').trigger('click');
  const field = named(room.item('message-1'), 'textarea', 'Edit your message');
  const text = () => (field.element as HTMLTextAreaElement).value;
  return { ...room, field, text };
}

describe('Before joining', () => {
  test('there are neither messages nor a composer, and joining brings both and the focus', async () => {
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
  test('of another person is on the left and cannot be edited or deleted; an own one can', async () => {
    const { hear, item } = await joinedRoom();
    await hear(anInsert(aRow(1)));
    await hear(anInsert(aRow(2, mine)));
    expect(item('message-1').classes()).toContain('self-start');
    expect(item('message-1').findAll('button')).toEqual([]);
    expect(item('message-2').classes()).toContain('self-end');
    expect(
      item('message-2')
        .findAll('button')
        .map((button) => button.attributes('aria-label')),
    ).toEqual(['Edit message', 'Delete message']);
  });

  test('is text and nothing else', async () => {
    const { hear, item } = await joinedRoom();
    await hear(anInsert(aRow(1, { msg_data: '<img src=x onerror=alert(1)>', username: '<b>Eve</b>' })));
    expect(item('message-1').find('img, b').exists()).toBe(false);
    expect(item('message-1').text()).toContain('<img src=x onerror=alert(1)>');
  });

  test('says that it was edited', async () => {
    const { hear, item } = await joinedRoom();
    await hear(anUpdate(aRow(1, { revision: 2, is_edited: true })));
    expect(item('message-1').text()).toMatch(/by Ann on 1\/1 at \d+:\d\d [ap]m • edited •/);
  });

  test('that was sent is one element all the way, first pending, then there', async () => {
    const { api, wrapper, hear } = await joinedRoom();
    await named(wrapper, 'textarea', 'Write a message...').setValue('hello');
    await named(wrapper, 'textarea', 'Write a message...').trigger('keydown', { key: 'Enter' });
    await flushPromises();
    expect(wrapper.findAll('li')).toHaveLength(1);
    expect(wrapper.get('li').text()).toContain('sending…');
    await hear(anInsert(aRow(1, { ...mine, msg_id: api.published[0]?.id ?? '', msg_data: 'hello' })));
    expect(wrapper.findAll('li')).toHaveLength(1);
    expect(wrapper.get('li').text()).not.toContain('sending…');
  });

  test('that was refused offers a retry and a discard', async () => {
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

describe('Editing in place', () => {
  test('has the focus, saves with Enter, and gives the focus back', async () => {
    const { api, field, hear, item } = await editing();
    expect(document.activeElement).toBe(field.element);
    await field.setValue('better words');
    await field.trigger('keydown', { key: 'Enter' });
    await flushPromises();
    expect(api.published).toMatchObject([
      { name: 'editedMsg', data: { content: 'better words', msgIdToEdit: 'message-1' } },
    ]);
    expect(item('message-1').text()).toContain('saving edit…');

    await hear(anUpdate(aRow(1, { ...mine, msg_data: 'better words', revision: 2, is_edited: true })));
    await hear(anUpdate(aRow(1, { ...mine, msg_data: 'from elsewhere', revision: 3, is_edited: true })));
    expect(item('message-1').text()).toContain('from elsewhere');
  });

  test('is left with Escape without a trace', async () => {
    const { api, field, item } = await editing();
    await field.setValue('never mind');
    await field.trigger('keydown', { key: 'Escape' });
    await flushPromises();
    expect(api.published).toEqual([]);
    expect(item('message-1').text()).toContain('my words');
    expect(document.activeElement?.getAttribute('aria-label')).toBe('Edit message');
  });

  test('publishes nothing when nothing was changed', async () => {
    const { api, field, wrapper } = await editing();
    await field.setValue(' my words ');
    await named(wrapper, 'button', 'Save edit').trigger('submit');
    expect(api.published).toEqual([]);
    expect(wrapper.findAll('textarea')).toHaveLength(1);
  });

  test('refuses an empty text', async () => {
    const { api, field, wrapper } = await editing();
    await field.setValue('  ');
    await field.trigger('keydown', { key: 'Enter' });
    expect(api.published).toEqual([]);
    expect(wrapper.get('li [role=alert]').text()).toBe('A message cannot be empty. Delete it instead.');
  });

  test('does not save half a word of an input method', async () => {
    const { api, field } = await editing();
    await field.setValue('こん');
    await field.trigger('keydown', { key: 'Enter', keyCode: 229 });
    expect(api.published).toEqual([]);
  });

  test('is not overwritten by a change from elsewhere, and the newest text shows afterwards', async () => {
    const { api, field, hear, item, text } = await editing();
    await field.setValue('half of wh');
    await hear(anUpdate(aRow(1, { ...mine, msg_data: 'from elsewhere', revision: 2, is_edited: true })));
    expect(text()).toBe('half of wh');
    await field.trigger('keydown', { key: 'Escape' });
    expect(item('message-1').text()).toContain('from elsewhere');
    expect(api.published).toEqual([]);
  });

  test('ends when the message is deleted elsewhere', async () => {
    const { hear, wrapper } = await editing();
    await hear(aDelete(aRow(1, mine)));
    expect(wrapper.find('li').exists()).toBe(false);
  });
});

describe('Deleting', () => {
  test('asks first, and Escape keeps the message', async () => {
    const { api, hear, item } = await joinedRoom();
    await hear(anInsert(aRow(1, mine)));
    await named(item('message-1'), 'button', 'Delete message').trigger('click');
    expect(document.activeElement?.textContent).toBe('Keep');
    await item('message-1').get('[role=group]').trigger('keydown', { key: 'Escape' });
    expect(api.published).toEqual([]);

    await named(item('message-1'), 'button', 'Delete message').trigger('click');
    await named(item('message-1'), 'button', 'Delete').trigger('click');
    expect(api.published).toMatchObject([{ name: 'deletedMsg', data: { msgIdToDelete: 'message-1' } }]);
    expect(item('message-1').text()).toContain('deleting…');
  });
});
