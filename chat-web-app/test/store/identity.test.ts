import { describe, expect, test as base, vi } from 'vitest';
import { fakeBrowser } from '../support/fake-browser';

const test = base.extend('browser', () => fakeBrowser());

const copy = (stored: ReadonlyMap<string, string>) => new Map(stored) as never;

describe('A duplicated tab', () => {
  test('is a new person who has not joined, with nothing of the original', async ({ browser }) => {
    const original = await browser.openTab();
    await original.store.dispatch('session/join', 'Ann');
    original.api.listener?.onStatus('offline');
    await original.store.dispatch('sending/send', 'not sent yet');
    original.store.commit('drafts/composerTyped', 'half a');
    await vi.waitFor(() => expect(original.api.stored.get('drafts')).toContain('half a'));

    const duplicate = await browser.openTab(copy(original.api.stored));
    expect(duplicate.session()).toMatchObject({ clientId: 'person 2', nickname: null });
    expect(duplicate.store.state.sending.entries).toEqual([]);
    expect(duplicate.store.state.drafts.composer).toBe('');
    expect(duplicate.api.published).toEqual([]);
    expect(duplicate.api.entered).toEqual([]);
    expect(duplicate.offered()).toEqual([]);
    expect(original.session()).toMatchObject({ clientId: 'person 1', nickname: 'Ann' });
    expect(original.store.state.sending.entries).toHaveLength(1);
  });

  test('stays that new person over its own reload', async ({ browser }) => {
    const original = await browser.openTab();
    const duplicate = await browser.openTab(copy(original.api.stored));
    duplicate.close();
    const reloaded = await browser.openTab(duplicate.api.stored);
    expect(reloaded.session().clientId).toBe('person 2');
  });
});

describe('A reloaded tab', () => {
  test('keeps its identity, nickname and send queue', async ({ browser }) => {
    const tab = await browser.openTab();
    await tab.store.dispatch('session/join', 'Ann');
    tab.api.listener?.onStatus('offline');
    await tab.store.dispatch('sending/send', 'not sent yet');
    await vi.waitFor(() => expect(tab.api.stored.get('sendQueue')).toContain('not sent yet'));
    tab.close();
    const reloaded = await browser.openTab(tab.api.stored);
    expect(reloaded.session()).toMatchObject({ clientId: 'person 1', nickname: 'Ann' });
    await vi.waitFor(() =>
      expect(reloaded.api.published).toMatchObject([{ data: { content: 'not sent yet' } }]),
    );
  });

  test('waits while the page that it replaces still holds the identity but is gone', async ({ browser }) => {
    const tab = await browser.openTab();
    const { owner } = tab.session();
    tab.silence();
    const reloading = browser.openTab(tab.api.stored);
    await new Promise((resolve) => setTimeout(resolve));
    tab.close();
    expect((await reloading).session()).toMatchObject({ owner, clientId: 'person 1' });
  });

  test('becomes a new person when its identity was continued in another tab', async ({ browser }) => {
    const tab = await browser.openTab();
    await tab.store.dispatch('session/join', 'Ann');
    tab.close();
    const other = await browser.openTab();
    await vi.waitFor(() => expect(other.offered()).toEqual(['Ann']));
    await other.store.dispatch('session/continueAs', tab.session().owner ?? '');
    const reopened = await browser.openTab(tab.api.stored);
    expect(reopened.session()).toMatchObject({ clientId: 'person 3', nickname: null });
  });

  test.for([
    ['keeps its identity when that is free', false],
    ['loads again, as a new person, when another tab continued it', true],
  ] as const)('restored from the back/forward cache %s', async ([, isContinued], { browser }) => {
    const tab = await browser.openTab();
    await tab.store.dispatch('session/join', 'Ann');
    tab.page.dispatchEvent(new Event('pagehide'));
    const other = await browser.openTab();
    if (isContinued) await other.store.dispatch('session/continueAs', tab.session().owner ?? '');
    tab.page.dispatchEvent(Object.assign(new Event('pageshow'), { persisted: true }));
    await vi.waitFor(async () => expect(await tab.isHeld()).toBe(true));
    await vi.waitFor(() => expect(tab.page.location.reload).toHaveBeenCalledTimes(isContinued ? 1 : 0));
  });
});

describe('A tab without the Web Locks API', () => {
  test('works as one author per storage, offers nothing and can be left', async ({ browser }) => {
    const tab = await browser.openTab(undefined, { hasLocks: false });
    await tab.store.dispatch('session/join', 'Ann');
    const { owner } = tab.session();
    const again = await browser.openTab(tab.api.stored, { hasLocks: false });
    expect(again.session()).toMatchObject({ owner, clientId: 'person 1', nickname: 'Ann', isKept: false });
    await again.store.dispatch('session/leave');
    await vi.waitFor(() => expect(again.session()).toMatchObject({ clientId: 'person 2', nickname: null }));
    expect(again.offered()).toEqual([]);
    expect(window.localStorage).toHaveLength(0);
  });
});
