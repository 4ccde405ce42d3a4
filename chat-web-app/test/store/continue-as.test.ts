import { IDENTITY_DAYS } from '@chat/contract';
import { describe, expect, test as base, vi } from 'vitest';
import { MAX_OFFERS } from '~/api/identities';
import { connect } from '~/store/connection/connect';
import { fakeBrowser } from '../support/fake-browser';

const test = base
  .extend('browser', () => fakeBrowser())
  /** Opens a tab, joins under the name and closes it; resolves with the owner of its identity. */
  .extend('used', ({ browser }) => async (nickname: string) => {
    const tab = await browser.openTab();
    await tab.store.dispatch('session/join', nickname);
    tab.close();
    return tab.session().owner ?? '';
  });

describe('The persons of closed tabs', () => {
  test('are offered in a new tab, which is a new person by default', async ({ browser, used }) => {
    await used('Ann');
    await used('Bo');
    const tab = await browser.openTab();
    await vi.waitFor(() => expect(tab.offered().sort()).toEqual(['Ann', 'Bo']));
    expect(tab.session()).toMatchObject({ clientId: 'person 3', nickname: null });
  });

  test('are offered as soon as their tab closes, and no longer when another continues', async ({
    browser,
  }) => {
    const ann = await browser.openTab();
    await ann.store.dispatch('session/join', 'Ann');
    const [first, second] = [await browser.openTab(), await browser.openTab()];
    expect(first.offered()).toEqual([]);
    ann.close();
    for (const tab of [first, second]) await vi.waitFor(() => expect(tab.offered()).toEqual(['Ann']));
    await first.store.dispatch('session/continueAs', ann.session().owner ?? '');
    browser.announceRecords();
    await vi.waitFor(() => expect(second.offered()).toEqual([]));
  });

  test('are the last used ones, and none of an expired credential', async ({ browser, used }) => {
    vi.useFakeTimers({ toFake: ['Date'], now: 0 });
    await used('Expired');
    for (let n = 0; n < MAX_OFFERS + 1; n += 1) {
      vi.setSystemTime(1_000 + n);
      await used(`Person ${n}`);
    }
    vi.setSystemTime(IDENTITY_DAYS * 24 * 3_600_000);
    const tab = await browser.openTab();
    const expected = [5, 4, 3, 2, 1].map((n) => `Person ${n}`);
    await vi.waitFor(() => expect(tab.offered()).toEqual(expected));
    expect(window.localStorage).toHaveLength(MAX_OFFERS);
    vi.useRealTimers();
  });

  test('are not offered once they are forgotten', async ({ browser, used }) => {
    const owner = await used('Ann');
    const tab = await browser.openTab();
    await vi.waitFor(() => expect(tab.offered()).toEqual(['Ann']));
    await tab.store.dispatch('session/forget', owner);
    expect(tab.offered()).toEqual([]);
    expect(await tab.store.dispatch('session/continueAs', owner)).toBe(false);
    expect(window.localStorage).toHaveLength(0);
  });
});

describe('Continuing as a person', () => {
  test('brings back clientId, nickname and what was not sent', async ({ browser }) => {
    const ann = await browser.openTab();
    await ann.store.dispatch('session/join', 'Ann');
    ann.api.listener?.onStatus('offline');
    await ann.store.dispatch('sending/send', 'not sent yet');
    ann.store.commit('drafts/composerTyped', 'half a');
    await vi.waitFor(() => expect(ann.api.stored.get('drafts')).toContain('half a'));
    ann.close();

    const tab = await browser.openTab();
    expect(await tab.store.dispatch('session/continueAs', ann.session().owner ?? '')).toBe(true);
    expect(tab.session().nickname).toBe('Ann');
    expect(tab.store.state.drafts.composer).toBe('half a');
    await vi.waitFor(() => expect(tab.session().clientId).toBe('person 1'));
    await vi.waitFor(() => expect(tab.api.options?.clientId).toBe('person 1'));
    expect(tab.api.published, 'nothing by the connection of the other person').toEqual([]);
    tab.api.listener?.onStatus('live');
    await vi.waitFor(() => expect(tab.api.published).toMatchObject([{ data: { content: 'not sent yet' } }]));
    expect(tab.api.entered).toEqual([{ name: 'Ann', typing: false }]);
  });

  test('is possible in one of two tabs that try at once', async ({ browser, used }) => {
    const owner = await used('Ann');
    const tabs = [await browser.openTab(), await browser.openTab()];
    const results = await Promise.all(tabs.map((tab) => tab.store.dispatch('session/continueAs', owner)));
    expect(results.sort()).toEqual([false, true]);
    expect(tabs.filter((tab) => tab.session().nickname === 'Ann')).toHaveLength(1);
  });

  test('drops the copy of the send queue, which the living tab would outdate', async ({ browser }) => {
    const ann = await browser.openTab();
    await ann.store.dispatch('session/join', 'Ann');
    await ann.store.dispatch('sending/send', 'hello');
    ann.close();
    const record = () => window.localStorage.getItem(`chat.identity.${ann.session().owner ?? ''}`);
    expect(record()).toContain('hello');
    await browser.openTab(ann.api.stored);
    expect(record()).not.toContain('hello');
  });
});

describe('Leaving', () => {
  test('makes the tab a new person, and offers the old one', async ({ browser }) => {
    const tab = await browser.openTab();
    await tab.store.dispatch('session/join', 'Ann');
    tab.api.onPublish = () => new Promise(() => undefined);
    void tab.store.dispatch('sending/send', 'hello');
    tab.store.commit('drafts/composerTyped', 'half a');
    await vi.waitFor(() => expect(tab.api.stored.get('drafts')).toContain('half a'));

    await tab.store.dispatch('session/leave');
    expect(tab.closed()).toBe(1);
    expect(tab.session()).toMatchObject({ nickname: null });
    expect(tab.store.state.sending.entries).toEqual([]);
    expect(tab.store.state.drafts.composer).toBe('');
    expect(tab.store.state.connection).toMatchObject({ status: 'connecting', offlineSince: null });
    await vi.waitFor(() => expect(tab.session().clientId).toBe('person 2'));
    await vi.waitFor(() => expect(tab.offered()).toEqual(['Ann']));
    expect([...tab.api.stored.values()].join()).not.toMatch(/Ann|hello|half a|person 1/);
  });

  test('ignores the answer to a session request of the identity that was left', async ({ browser }) => {
    const tab = await browser.openTab();
    await tab.store.dispatch('session/join', 'Ann');
    let answer: () => void = () => undefined;
    tab.answerSessionsAfter(new Promise<void>((resolve) => (answer = resolve)));
    const renewal = tab.store.dispatch('session/start');
    await tab.store.dispatch('session/leave');
    answer();
    await expect(renewal).rejects.toThrow('was left');
    await vi.waitFor(() => expect(tab.session().clientId).toBe('person 2'));
    expect(tab.api.stored.get('identity')).toBe('credential of person 2');
  });
});

test('A connection that is being opened for the identity that was left ends', async ({ browser }) => {
  const tab = await browser.openTab();
  const opened = vi.spyOn(tab.api.realtime, 'open');
  let answer: () => void = () => undefined;
  tab.answerSessionsAfter(new Promise<void>((resolve) => (answer = resolve)));
  const connecting = connect(tab.store, tab.api);
  await tab.store.dispatch('session/leave');
  answer();
  await connecting;
  expect(opened.mock.calls.map(([{ clientId }]) => clientId)).toEqual(['person 2']);
  expect(tab.store.state.connection.status).toBe('connecting');
});

test('A new name is entered into presence and used for further messages', async ({ browser }) => {
  const tab = await browser.openTab();
  await tab.store.dispatch('session/join', 'Ann');
  await tab.store.dispatch('session/join', 'Anna');
  expect(tab.api.entered.at(-1)).toEqual({ name: 'Anna', typing: false });
  await tab.store.dispatch('sending/send', 'hello');
  expect(tab.api.published).toMatchObject([{ data: { username: 'Anna' } }]);
  expect(tab.api.stored.get('nickname')).toBe('Anna');
  tab.close();
  const next = await browser.openTab();
  await vi.waitFor(() => expect(next.offered()).toEqual(['Anna']));
});
