import { describe, expect } from 'vitest';
import { createApp } from 'vue';
import { useEditing } from '~/store/drafts/useEditing';
import { storeKey } from '~/store/key';
import { aDelete, anUpdate, aRow } from '../support/a-row';
import { test as base } from '../support/started-store';

const mine = { client_id: 'me', username: 'Me', msg_data: 'my words' };

/** An open edit of the author's message `message-1`. */
const test = base.extend('editing', ({ chat: { store, insert } }) => {
  insert(aRow(1, mine));
  const editing = createApp({}).provide(storeKey, store).runWithContext(useEditing);
  editing.begin('message-1', 'my words');
  return editing;
});

describe('Saving an edit', () => {
  test('publishes the new text and closes the edit', async ({ chat: { api }, editing }) => {
    await editing.save('better words');
    expect(api.published).toMatchObject([{ name: 'editedMsg', data: { content: 'better words' } }]);
    expect(editing.edit.value).toBeUndefined();
  });

  test('publishes nothing when the text is unchanged', async ({ chat: { api }, editing }) => {
    await editing.save('my words');
    expect(api.published).toEqual([]);
  });

  test('publishes nothing when the row already has the text', async ({ chat: { api, receive }, editing }) => {
    receive(anUpdate(aRow(1, { ...mine, revision: 2, msg_data: 'better words' })));
    await editing.save('better words');
    expect(api.published).toEqual([]);
    expect(editing.edit.value).toBeUndefined();
  });
});

describe('A second edit', () => {
  test('keeps the text of the first, which opens again as it was', ({ chat: { store, insert }, editing }) => {
    insert(aRow(2, { ...mine, msg_data: 'other words' }));
    editing.text.value = 'my better words';
    editing.begin('message-2', 'other words');
    editing.text.value = 'other better words';
    expect([...editing.unsaved.value]).toEqual(['message-1']);
    editing.begin('message-1', 'my words');
    expect(editing.text.value).toBe('my better words');
    expect([...editing.unsaved.value]).toEqual(['message-2']);
    editing.drop();
    expect(store.state.drafts).toMatchObject({ edits: [{ msgId: 'message-2' }], open: null });
  });

  test('drops the first when nothing was typed', ({ chat: { insert }, editing }) => {
    insert(aRow(2, mine));
    editing.begin('message-2', 'my words');
    expect([...editing.unsaved.value]).toEqual([]);
  });

  test('leaves the first to be rescued when its message is deleted', ({
    chat: { store, insert, receive },
    editing,
  }) => {
    insert(aRow(2, mine));
    editing.text.value = 'long words';
    editing.begin('message-2', 'my words');
    receive(aDelete(aRow(1, mine)));
    expect(editing.orphan.value).toMatchObject({ msgId: 'message-1', text: 'long words' });
    if (editing.orphan.value) editing.moveToComposer(editing.orphan.value);
    expect(store.state.drafts).toMatchObject({ composer: 'long words', open: 'message-2' });
  });
});
