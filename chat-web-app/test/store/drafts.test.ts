import { describe, expect } from 'vitest';
import { createApp } from 'vue';
import { useEditing } from '~/store/drafts/useEditing';
import { storeKey } from '~/store/key';
import { anUpdate, aRow } from '../support/a-row';
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
    expect(editing.edit.value).toBeNull();
  });

  test('publishes nothing when the text is unchanged', async ({ chat: { api }, editing }) => {
    await editing.save('my words');
    expect(api.published).toEqual([]);
  });

  test('publishes nothing when the row already has the text', async ({ chat: { api, receive }, editing }) => {
    receive(anUpdate(aRow(1, { ...mine, revision: 2, msg_data: 'better words' })));
    await editing.save('better words');
    expect(api.published).toEqual([]);
    expect(editing.edit.value).toBeNull();
  });
});
