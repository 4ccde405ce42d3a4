import type { MessageVersion, MessageVersions } from '@chat/contract';
import { flushPromises } from '@vue/test-utils';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { aDelete, anInsert, anUpdate, aRow } from '../support/a-row';
import { loaded, named } from '../support/page';
import { joinedRoom, mine } from '../support/room';

const version = (revision: number, content: string, more: Partial<MessageVersion> = {}): MessageVersion => ({
  ...{ revision, content, at: 1_000 * revision, source: 'chat' },
  ...more,
});
const VERSIONS: MessageVersions = {
  versions: [
    version(1, 'we meet at noon'),
    version(2, 'we meet at one', { source: 'database' }),
    version(3, 'we meet at one, I hope'),
  ],
  complete: true,
};

/** A room with a message of three versions. */
async function edited(answer: MessageVersions | null = VERSIONS, by: object = {}) {
  const room = await joinedRoom();
  room.api.versions = () => Promise.resolve(answer);
  const current = aRow(1, { revision: 3, is_edited: true, ...by, msg_data: 'we meet at one, I hope' });
  await room.receive(anInsert(current));
  const item = () => room.item('message-1');
  const opener = () => item().get<HTMLButtonElement>('[data-versions]');
  const settle = async () => {
    await flushPromises();
    await loaded();
    await flushPromises();
  };
  return {
    ...room,
    current,
    item,
    opener,
    settle,
    open: async () => {
      opener().element.focus();
      await opener().trigger('click');
      await settle();
    },
    tabs: () => item().findAll('[role=tab]'),
    selected: () => item().get('[role=tab][aria-selected=true]'),
    press: async (key: string) => {
      document.activeElement?.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
      await settle();
    },
    changes: () => item().findAll('del, ins').map(toText),
    text: () => item().get('.message-text').text(),
  };
}

/** `-word` for a removed one, `+word` for an added one, without what only screen readers get. */
function toText({ element }: { element: Element }): string {
  return (element.tagName === 'DEL' ? '-' : '+') + (element.children[1]?.textContent ?? '');
}

describe('The versions of a message', () => {
  test('are read when they are opened, and show what the newest one changed', async () => {
    const { open, opener, api, tabs, selected, changes } = await edited();
    expect(opener().text()).toContain('edited · v3');
    expect(api.versionsRequests).toEqual([]);
    await open();
    expect(api.versionsRequests).toEqual(['message-1']);
    expect(opener().attributes('aria-expanded')).toBe('true');
    expect(tabs().map((tab) => tab.get('.name').text())).toEqual(['v1', 'v2', 'v3']);
    expect(tabs().map((tab) => tab.get('.author').text())).toEqual(['Ann', 'database', 'Ann']);
    expect(selected().text()).toContain('v3');
    expect(document.activeElement).toBe(selected().element);
    expect(changes()).toEqual(['+, I hope']);
  });

  test('say to screen readers what was removed and added', async () => {
    const { open, press, item } = await edited();
    await open();
    await press('ArrowLeft');
    expect(item().get('[role=tabpanel]').text()).toBe('we meet at removed: noon (end)added: one (end)');
  });

  test('are stepped through with the arrow keys, Home and End', async () => {
    const { open, press, selected, changes, text } = await edited();
    await open();
    await press('ArrowLeft');
    expect(selected().text()).toContain('v2');
    expect(document.activeElement).toBe(selected().element);
    expect(changes()).toEqual(['-noon', '+one']);
    await press('Home');
    expect(changes()).toEqual([]);
    expect(text()).toBe('we meet at noon');
    await press('ArrowLeft');
    expect(selected().text()).toContain('v1');
    await press('End');
    expect(selected().text()).toContain('v3');
    expect(selected().attributes('tabindex')).toBe('0');
  });

  test('close on Escape, which returns the focus to their button', async () => {
    const { open, press, opener, tabs, text } = await edited();
    await open();
    await press('Escape');
    expect(tabs()).toEqual([]);
    expect(text()).toBe('we meet at one, I hope');
    expect(document.activeElement).toBe(opener().element);
  });

  test('get the one that arrives while they are open, and stay at the one that is read', async () => {
    const { open, press, receive, current, tabs, selected, changes } = await edited();
    await open();
    const fourth = { ...current, revision: 4, msg_data: 'we met', source: 'database' as const };
    await receive(anUpdate(fourth));
    expect(tabs()).toHaveLength(4);
    expect(selected().text()).toContain('v4');
    expect(selected().get('.author').text()).toBe('database');
    expect(changes()[0]).toMatch(/^-/);
    await press('Home');
    await receive(anUpdate({ ...fourth, revision: 5, msg_data: 'we met twice' }));
    expect(tabs()).toHaveLength(5);
    expect(selected().text()).toContain('v1');
  });

  test('are read again when some between the last one and the row are missing', async () => {
    const { open, receive, current, api, settle, tabs } = await edited();
    await open();
    const all = [...VERSIONS.versions, version(4, 'four'), version(5, 'five')];
    api.versions = () => Promise.resolve({ versions: all, complete: true });
    await receive(anUpdate({ ...current, revision: 5, msg_data: 'five' }));
    await settle();
    expect(api.versionsRequests).toHaveLength(2);
    expect(tabs()).toHaveLength(5);
  });

  test('close when the message is deleted, and do not open for one that is gone', async () => {
    const { open, receive, current, wrapper } = await edited();
    await open();
    await receive(aDelete(current));
    expect(wrapper.find('[role=tablist]').exists()).toBe(false);

    const gone = await edited(null);
    await gone.open();
    expect(gone.opener().attributes('aria-expanded')).toBe('false');
    expect(gone.text()).toBe('we meet at one, I hope');
  });

  test('that cannot be read leave the text, and can be tried again', async () => {
    vi.spyOn(console, 'warn').mockReturnValue();
    const { open, api, item, settle, tabs, text } = await edited();
    api.versions = () => Promise.reject(new Error('no answer'));
    await open();
    expect(item().get('[role=alert]').text()).toContain('The versions could not be loaded.');
    expect(text()).toBe('we meet at one, I hope');
    api.versions = () => Promise.resolve(VERSIONS);
    await named(item(), 'button', 'Try again').trigger('click');
    await settle();
    expect(tabs()).toHaveLength(3);
  });

  test('say that older ones are not kept, and that a version changed nothing', async () => {
    const versions = [version(6, 'same'), version(7, 'same')];
    const { open, item } = await edited({ versions, complete: false });
    await open();
    expect(item().text()).toContain('Older versions are not kept.');
    expect(item().text()).toContain('The text is the same as in the version before.');
  });
});

describe('Restoring a version', () => {
  const restore = (room: Awaited<ReturnType<typeof edited>>) =>
    room
      .item()
      .findAll('button')
      .filter((button) => button.text() === 'Restore this version');

  test('is an ordinary edit of its author', async () => {
    const room = await edited(VERSIONS, mine);
    await room.open();
    expect(restore(room)).toEqual([]);
    await room.press('Home');
    await restore(room)[0]?.trigger('click');
    await room.settle();
    expect(room.api.published).toMatchObject([
      { name: 'editedMsg', data: { content: 'we meet at noon', msgIdToEdit: 'message-1' } },
    ]);
    expect(room.text()).toBe('we meet at noon');
    expect(room.tabs()).toEqual([]);
    expect(document.activeElement).toBe(room.opener().element);
  });

  test('is not offered to others, nor for a text that is no message', async () => {
    const others = await edited();
    await others.open();
    await others.press('Home');
    expect(restore(others)).toEqual([]);

    const empty = await edited({ versions: [version(1, ' '), version(3, 'now')], complete: true }, mine);
    await empty.open();
    await empty.press('Home');
    expect(restore(empty)).toEqual([]);
  });

  test('an edit closes them', async () => {
    const { open, item, store } = await edited(VERSIONS, mine);
    await open();
    await named(item(), 'button', 'Edit message').trigger('click');
    expect(store.state.versions.open).toBeNull();
  });
});

describe('On a narrow page', () => {
  beforeEach(() => {
    const narrow = Object.assign(new EventTarget(), { matches: false }) as MediaQueryList;
    vi.spyOn(window, 'matchMedia').mockReturnValue(narrow);
  });
  afterEach(() => void vi.restoreAllMocks());

  test('versions open in a sheet, and a swipe leads from one to the next', async () => {
    const { open, item, selected, text, settle, opener } = await edited();
    await open();
    const dialog = item().get('dialog');
    expect(dialog.attributes('open')).toBeDefined();
    expect(text()).toBe('we meet at one, I hope');
    const swipe = async (from: number, to: number) => {
      const panel = dialog.get('[role=tabpanel]');
      await panel.trigger('pointerdown', { pointerType: 'touch', clientX: from });
      await panel.trigger('pointerup', { pointerType: 'touch', clientX: to });
    };
    await swipe(100, 200);
    expect(selected().text()).toContain('v2');
    await swipe(100, 120);
    expect(selected().text()).toContain('v2');
    await swipe(200, 100);
    expect(selected().text()).toContain('v3');
    await named(dialog, 'button', 'Close the versions').trigger('click');
    await settle();
    expect(item().find('dialog').exists()).toBe(false);
    expect(document.activeElement).toBe(opener().element);
  });
});
