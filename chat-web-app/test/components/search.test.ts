import type { SearchMatch, SearchPage } from '@chat/contract';
import { flushPromises } from '@vue/test-utils';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import PageHeader from '~/components/layout/PageHeader.vue';
import type { SearchRequest } from '~/api/archive';
import { searchStrings } from '~/strings-of-search';
import { aDelete, anInsert, aRow } from '../support/a-row';
import { fakeApi, incoming } from '../support/fake-api';
import { loaded, named, showStarted } from '../support/page';

beforeEach(() => {
  window.history.replaceState(null, '', '/?room=x');
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
  window.history.replaceState(null, '', '/');
});

const aMatch = (id: number, content: string, revision = 1, newest = revision): SearchMatch => ({
  row: aRow(id, { msg_data: 'as it is now', revision: newest }),
  revision,
  content,
});
const aPage = (matches: SearchMatch[], next: string | null = null): SearchPage => ({ matches, next });

async function opened(answer: (request: SearchRequest) => Promise<SearchPage>) {
  const api = fakeApi();
  const requests: SearchRequest[] = [];
  api.archive.search = (request) => {
    requests.push(request);
    return answer(request);
  };
  const header = await showStarted(PageHeader, api);
  const { wrapper } = header;
  const button = named(wrapper, 'button', 'Search messages');
  (button.element as HTMLElement).focus();
  await button.trigger('click');
  await loaded();
  await flushPromises();
  const field = () => wrapper.get('input[type=search]');
  const settle = async () => {
    await flushPromises();
    await loaded();
  };
  const type = async (words: string) => {
    await field().setValue(words);
    vi.advanceTimersByTime(200);
    await settle();
  };
  const results = () => wrapper.findAll('[role=option]');
  return { ...header, api, requests, field, type, settle, results, button };
}

describe('Search', () => {
  test('asks once the typing pauses, and shows author, time and words of each message', async () => {
    const { field, type, requests, results, wrapper } = await opened(() =>
      Promise.resolve(aPage([aMatch(2, 'We meet at noon'), aMatch(1, 'noon, then')])),
    );
    expect(wrapper.get('dialog.search').attributes('open')).toBeDefined();
    await field().setValue('no');
    vi.advanceTimersByTime(150);
    await type(' noon');
    expect(requests).toEqual([{ q: 'noon', before: undefined }]);
    expect(results().map((result) => result.get('mark').text())).toEqual(['noon', 'noon']);
    expect(results()[0]?.text()).toContain('Ann');
    expect(wrapper.get('[role=status]').text()).toBe('2 messages');
    expect(results()[0]?.text()).not.toContain('since edited');
  });

  test('says which version contained the words when it was edited since', async () => {
    const { type, results } = await opened(() => Promise.resolve(aPage([aMatch(1, 'at noon', 1, 3)])));
    await type('noon');
    expect(results()[0]?.text()).toContain('said in v1, since edited');
    expect(results()[0]?.text()).toContain('at noon');
  });

  test('ignores an answer that is older than the words', async () => {
    const answers: ((page: SearchPage) => void)[] = [];
    const { type, settle, results } = await opened(() => new Promise((resolve) => answers.push(resolve)));
    await type('one');
    await type('two');
    answers[1]?.(aPage([aMatch(2, 'two')]));
    await settle();
    answers[0]?.(aPage([aMatch(1, 'one')]));
    await settle();
    expect(results().map((result) => result.get('mark').text())).toEqual(['two']);
    await type('');
    expect(results()).toEqual([]);
  });

  test('loads more, and says when nothing was found', async () => {
    const { type, requests, results, wrapper, settle } = await opened(({ q, before }) => {
      if (q === 'nothing') return Promise.resolve(aPage([]));
      return Promise.resolve(before ? aPage([aMatch(1, 'word')]) : aPage([aMatch(2, 'word')], '2,2'));
    });
    await type('word');
    await named(wrapper, 'button', 'More').trigger('click');
    await settle();
    expect(requests.at(-1)).toEqual({ q: 'word', before: '2,2' });
    expect(results()).toHaveLength(2);
    expect(() => named(wrapper, 'button', 'More')).toThrow('No button');
    await type('nothing');
    expect(wrapper.get('[role=status]').text()).toBe(searchStrings.none);
  });

  test('can be tried again when it failed', async () => {
    vi.spyOn(console, 'warn').mockReturnValue();
    let fails = true;
    const { type, wrapper, settle, results } = await opened(() =>
      fails ? Promise.reject(new Error('no answer')) : Promise.resolve(aPage([aMatch(1, 'word')])),
    );
    await type('word');
    expect(wrapper.get('[role=alert]').text()).toContain(searchStrings.failed);
    fails = false;
    await named(wrapper, 'button', 'Try again').trigger('click');
    await settle();
    expect(results()).toHaveLength(1);
    expect(wrapper.find('[role=alert]').exists()).toBe(false);
  });

  test('leads by arrow keys and Enter to a message in its place, at the version that matched', async () => {
    const { api, store, type, field, results, wrapper, settle } = await opened(() =>
      Promise.resolve(aPage([aMatch(2, 'word'), aMatch(1, 'word', 1, 3)])),
    );
    api.listener?.onRowChange(incoming(anInsert(aRow(1, { revision: 3 }))));
    await type('word');
    expect(field().attributes('aria-activedescendant')).toBe(results()[0]?.attributes('id'));
    await field().trigger('keydown', { key: 'ArrowDown' });
    await field().trigger('keydown', { key: 'ArrowDown' });
    expect(field().attributes('aria-activedescendant')).toBe(results()[1]?.attributes('id'));
    await field().trigger('keydown', { key: 'Enter' });
    await settle();
    expect(wrapper.find('dialog.search').exists()).toBe(false);
    expect(store.state.messages.target).toMatchObject({ msgId: 'message-1', status: 'found' });
    expect(store.state.versions.open).toEqual({ msgId: 'message-1', revision: 1 });
    expect(window.location.search).toBe('?room=x&message=message-1');
  });

  test('does not lead to a result of words typed before', async () => {
    const { store, type, field } = await opened(() => Promise.resolve(aPage([aMatch(1, 'word')])));
    await type('word');
    await field().setValue('another');
    await field().trigger('keydown', { key: 'Enter' });
    expect(store.state.messages.target).toBeNull();
  });

  test('shows no message that was deleted since', async () => {
    const { api, type, results, settle } = await opened(() => Promise.resolve(aPage([aMatch(1, 'secret')])));
    await type('secret');
    expect(results()).toHaveLength(1);
    api.listener?.onRowChange(incoming(aDelete(aRow(1))));
    await settle();
    expect(results()).toEqual([]);
  });
});

describe('The keys Ctrl-K', () => {
  const press = (init: KeyboardEventInit = {}) => {
    const event = new KeyboardEvent('keydown', { key: 'k', ctrlKey: true, cancelable: true, ...init });
    document.dispatchEvent(event);
    return event;
  };

  test('open the search, in place of what the browser does with them', async () => {
    const { wrapper } = await showStarted(PageHeader);
    expect(press().defaultPrevented).toBe(true);
    await loaded();
    await flushPromises();
    expect(wrapper.find('dialog.search').exists()).toBe(true);
  });

  test.each([
    ['with Shift', { shiftKey: true }],
    ['with Alt', { altKey: true }],
    ['without Ctrl', { ctrlKey: false }],
    ['while characters are composed', { isComposing: true }],
  ])('are left to the browser %s', async (_when, init) => {
    await showStarted(PageHeader);
    expect(press(init).defaultPrevented).toBe(false);
  });

  test('are left to the browser while another dialog is open', async () => {
    const { wrapper } = await showStarted(PageHeader);
    await named(wrapper, 'button', 'How it works').trigger('click');
    expect(press().defaultPrevented).toBe(false);
  });
});
