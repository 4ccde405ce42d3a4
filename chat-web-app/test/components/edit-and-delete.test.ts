import { flushPromises } from '@vue/test-utils';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { UNDO_TIME } from '~/store/sending/module';
import { aDelete, anInsert, anUpdate, aRow } from '../support/a-row';
import { loaded, named } from '../support/page';
import { editing, joinedRoom, mine } from '../support/room';

describe('Editing in place', () => {
  test('has the focus, saves on Enter, and returns the focus', async () => {
    const { api, field, receive, item } = await editing();
    expect(document.activeElement).toBe(field.element);
    await field.setValue('better words');
    await field.trigger('keydown', { key: 'Enter' });
    await flushPromises();
    expect(api.published).toMatchObject([
      { name: 'editedMsg', data: { content: 'better words', msgIdToEdit: 'message-1' } },
    ]);
    expect(item('message-1').text()).toContain('Ably has the edit, waiting for the database…');

    await receive(anUpdate(aRow(1, { ...mine, msg_data: 'better words', revision: 2, is_edited: true })));
    await receive(anUpdate(aRow(1, { ...mine, msg_data: 'from elsewhere', revision: 3, is_edited: true })));
    expect(item('message-1').text()).toContain('from elsewhere');
  });

  test('ends on Escape without a change', async () => {
    const { api, field, item } = await editing();
    await field.setValue('never mind');
    await field.trigger('keydown', { key: 'Escape' });
    await flushPromises();
    expect(api.published).toEqual([]);
    expect(item('message-1').text()).toContain('my words');
    expect(document.activeElement?.getAttribute('aria-label')).toBe('Edit message');
  });

  test('publishes nothing when the text is unchanged', async () => {
    const { api, field, wrapper } = await editing();
    await field.setValue(' my words ');
    await named(wrapper, 'button', 'Save edit').trigger('submit');
    expect(api.published).toEqual([]);
    expect(wrapper.findAll('textarea')).toHaveLength(1);
  });

  test('rejects an empty text', async () => {
    const { api, field, wrapper } = await editing();
    await field.setValue('  ');
    await field.trigger('keydown', { key: 'Enter' });
    expect(api.published).toEqual([]);
    expect(wrapper.get('li [role=alert]').text()).toBe('A message cannot be empty. Delete it instead.');
  });

  test('does not save while an input method composes', async () => {
    const { api, field } = await editing();
    await field.setValue('こん');
    await field.trigger('keydown', { key: 'Enter', keyCode: 229 });
    expect(api.published).toEqual([]);
  });

  test('offers a choice when the message changed elsewhere, and keeps the typed text', async () => {
    const { api, field, receive, item, text } = await editing();
    await field.setValue('half of wh');
    await receive(anUpdate(aRow(1, { ...mine, msg_data: 'from elsewhere', revision: 2, is_edited: true })));
    expect(text()).toBe('half of wh');
    expect(item('message-1').get('[role=alert]').text()).toContain('from elsewhere');
    await field.trigger('keydown', { key: 'Enter' });
    expect(api.published).toEqual([]);
    expect(document.activeElement?.textContent.trim()).toBe('Keep mine');

    await named(item('message-1'), 'button', 'Keep mine').trigger('click');
    expect(document.activeElement).toBe(field.element);
    expect(text()).toBe('half of wh');
    await field.trigger('keydown', { key: 'Enter' });
    expect(api.published).toMatchObject([{ data: { content: 'half of wh' } }]);
  });

  test('shows the other text after "Take theirs", and publishes nothing', async () => {
    const { api, field, receive, item } = await editing();
    await field.setValue('half of wh');
    await receive(anUpdate(aRow(1, { ...mine, msg_data: 'from elsewhere', revision: 2, is_edited: true })));
    await named(item('message-1'), 'button', 'Take theirs').trigger('click');
    await flushPromises();
    expect(item('message-1').find('textarea').exists()).toBe(false);
    expect(item('message-1').text()).toContain('from elsewhere');
    expect(api.published).toEqual([]);
  });

  test('offers no choice when the change from elsewhere equals the typed text', async () => {
    const { field, receive, item } = await editing();
    await field.setValue('better words');
    await receive(anUpdate(aRow(1, { ...mine, msg_data: 'better words', revision: 2, is_edited: true })));
    expect(item('message-1').text()).not.toContain('Keep mine');
  });

  test('of a message deleted elsewhere moves the typed text to the composer', async () => {
    const { field, receive, wrapper } = await editing();
    await named(wrapper, 'textarea', 'Write a message...').setValue('begun before');
    await field.setValue('better words');
    await receive(aDelete(aRow(1, mine)));
    await loaded();
    expect(wrapper.find('li[data-message-id]').exists()).toBe(false);
    expect(wrapper.text()).toContain('better words');
    await named(wrapper, 'button', 'Use it in a new message').trigger('click');
    await flushPromises();
    const composer = named(wrapper, 'textarea', 'Write a message...').element as HTMLTextAreaElement;
    expect(composer.value).toBe('begun before\nbetter words');
    expect(document.activeElement).toBe(composer);
    expect(wrapper.text()).not.toContain('was deleted');
  });

  test('of the last own message starts with ArrowUp in the empty composer and returns there', async () => {
    const { receive, item, wrapper } = await joinedRoom();
    await receive(anInsert(aRow(1, mine)));
    await receive(anInsert(aRow(2, mine)));
    await receive(anInsert(aRow(3)));
    const composer = named(wrapper, 'textarea', 'Write a message...');
    await composer.setValue('not empty');
    await composer.trigger('keydown', { key: 'ArrowUp' });
    expect(wrapper.findAll('li textarea')).toEqual([]);

    await composer.setValue('');
    await composer.trigger('keydown', { key: 'ArrowUp' });
    const field = named(item('message-2'), 'textarea', 'Edit your message');
    expect(document.activeElement).toBe(field.element);
    await field.trigger('keydown', { key: 'Escape' });
    await flushPromises();
    expect(document.activeElement).toBe(composer.element);
  });
});

describe('Deleting', () => {
  async function deleting() {
    vi.useFakeTimers();
    const room = await joinedRoom();
    await room.receive(anInsert(aRow(1, mine)));
    await named(room.item('message-1'), 'button', 'Delete message').trigger('click');
    await flushPromises();
    return room;
  }
  afterEach(() => vi.useRealTimers());

  test('can be undone for some seconds, with the focus on Undo', async () => {
    const { api, item } = await deleting();
    expect(document.activeElement?.textContent).toContain('Undo');
    await named(item('message-1'), 'button', 'Undo').trigger('click');
    await flushPromises();
    await vi.advanceTimersByTimeAsync(UNDO_TIME * 1_000);
    expect(api.published).toEqual([]);
    expect(item('message-1').text()).toContain('my words');
    expect(document.activeElement?.getAttribute('aria-label')).toBe('Edit message');
  });

  test('waits while the Undo button has the focus or the pointer, and shows the time left', async () => {
    const { api, item } = await deleting();
    const undo = named(item('message-1'), 'button', 'Undo');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(item('message-1').text()).toContain('(10 s)');
    await undo.trigger('pointerenter');
    await undo.trigger('blur');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(item('message-1').text()).toContain('(10 s)');
    await undo.trigger('pointerleave');
    await vi.advanceTimersByTimeAsync(4_000);
    expect(item('message-1').text()).toContain('(6 s)');
    expect(api.published).toEqual([]);
    await vi.advanceTimersByTimeAsync(6_000);
    expect(api.published).toHaveLength(1);
  });

  test('is published at once when the page is left', async () => {
    const { api } = await deleting();
    window.dispatchEvent(new Event('pagehide'));
    await flushPromises();
    expect(api.published).toMatchObject([{ name: 'deletedMsg' }]);
  });

  test('is published after the undo time, and shown as deleting until the row is gone', async () => {
    const { api, receive, item, wrapper } = await deleting();
    await named(item('message-1'), 'button', 'Undo').trigger('blur');
    expect(api.published).toEqual([]);
    await vi.advanceTimersByTimeAsync(UNDO_TIME * 1_000);
    expect(api.published).toMatchObject([{ name: 'deletedMsg', data: { msgIdToDelete: 'message-1' } }]);
    expect(item('message-1').text()).toContain('Ably has the deletion, waiting for the database…');
    await receive(aDelete(aRow(1, mine)));
    expect(wrapper.find('li[data-message-id]').exists()).toBe(false);
  });
});
