import { flushPromises } from '@vue/test-utils';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import ChatRoom from '~/components/message/ChatRoom.vue';
import { sharingStrings } from '~/strings-of-sharing';
import { anInsert, aRow } from '../support/a-row';
import { fakeApi, historyOf } from '../support/fake-api';
import { loaded, named, showStarted } from '../support/page';
import { joinedRoom, mine } from '../support/room';

beforeEach(() => window.history.replaceState(null, '', '/?room=x'));
afterEach(() => window.history.replaceState(null, '', '/'));

const settle = async () => {
  await flushPromises();
  await loaded();
  await flushPromises();
};

describe('The address of a message', () => {
  test('is a link on its time, which marks the message without loading the page', async () => {
    const { receive, item } = await joinedRoom();
    await receive(anInsert(aRow(1)));
    const link = item('message-1').get('a.link-time');
    expect(link.attributes('href')).toBe('?room=x&message=message-1');
    await link.trigger('click', { button: 0 });
    await settle();
    expect(window.location.search).toBe('?room=x&message=message-1');
    expect(item('message-1').get('article').classes()).toContain('bubble-target');
    expect(document.activeElement).toBe(item('message-1').get('article').element);
  });

  test('is left to the browser when it opens another tab', async () => {
    const { receive, item, store } = await joinedRoom();
    await receive(anInsert(aRow(1)));
    const left = new Promise<boolean>((resolve) => {
      const once = (event: Event) => {
        resolve(!event.defaultPrevented);
        event.preventDefault();
      };
      document.addEventListener('click', once, { once: true });
    });
    await item('message-1').get('a.link-time').trigger('click', { button: 0, ctrlKey: true });
    expect(await left).toBe(true);
    expect(store.state.messages.target).toBeNull();
  });

  test('does not exist before the row has come back', async () => {
    const { store, wrapper } = await joinedRoom();
    await store.dispatch('sending/send', 'hello');
    await settle();
    expect(wrapper.get('li[data-message-id]').find('a').exists()).toBe(false);
  });
});

describe('Opening the address of a message', () => {
  async function opened(id: string) {
    window.history.replaceState(null, '', `/?message=${id}`);
    const api = fakeApi();
    const rows = Array.from({ length: 120 }, (_, index) => aRow(index + 1));
    api.history = historyOf(() => rows);
    api.versions = (asked) =>
      Promise.resolve(rows.some(({ msg_id }) => msg_id === asked) ? { versions: [], complete: true } : null);
    const room = await showStarted(ChatRoom, api);
    await settle();
    await settle();
    return { ...room, notice: () => room.wrapper.find('.missed') };
  }

  test('loads older messages until it is there, marks it and focuses it', async () => {
    const { wrapper, notice } = await opened('message-10');
    const article = wrapper.get('[data-message-id="message-10"] article');
    expect(article.classes()).toContain('bubble-target');
    expect(document.activeElement).toBe(article.element);
    expect(notice().exists()).toBe(false);
  });

  test('says that there is no such message, until the reader dismisses it', async () => {
    const { notice } = await opened('never');
    expect(notice().text()).toContain(sharingStrings.target.gone);
    await named(notice(), 'button', 'Dismiss').trigger('click');
    expect(notice().exists()).toBe(false);
  });

  test('shows another message when the reader goes back', async () => {
    const { wrapper } = await opened('message-10');
    window.history.replaceState(null, '', '/?message=message-90');
    window.dispatchEvent(new PopStateEvent('popstate'));
    await settle();
    expect(wrapper.get('.bubble-target').text()).toContain('text 90');
  });
});

describe('More actions', () => {
  test('copy the text and the address of any message', async () => {
    const { receive, item } = await joinedRoom();
    await receive(anInsert(aRow(1)));
    const copied: string[] = [];
    vi.spyOn(navigator.clipboard, 'writeText').mockImplementation((text) => {
      copied.push(text);
      return Promise.resolve();
    });
    const opener = named(item('message-1'), 'button', 'More actions');
    await opener.trigger('click');
    await settle();
    expect(opener.attributes('aria-expanded')).toBe('true');
    await named(item('message-1'), 'button', 'Copy text').trigger('click');
    await named(item('message-1'), 'button', 'Copy link').trigger('click');
    await settle();
    expect(copied).toEqual(['text 1', `${window.location.origin}/?room=x&message=message-1`]);
    expect(item('message-1').text()).toContain('Copied.');
  });

  test('say when the browser does not allow copying', async () => {
    vi.spyOn(console, 'warn').mockReturnValue();
    const { receive, item } = await joinedRoom();
    await receive(anInsert(aRow(1, mine)));
    vi.spyOn(navigator.clipboard, 'writeText').mockRejectedValue(new Error('denied'));
    await named(item('message-1'), 'button', 'More actions').trigger('click');
    await settle();
    await named(item('message-1'), 'button', 'Copy text').trigger('click');
    await settle();
    expect(item('message-1').text()).toContain(sharingStrings.notCopied);
  });
});

test('An empty chat invites to change it with SQL', async () => {
  const { wrapper, receive } = await joinedRoom();
  await settle();
  expect(wrapper.get('[role=log]').text()).toContain(sharingStrings.outside.statement);
  await receive(anInsert(aRow(1)));
  expect(wrapper.get('[role=log]').text()).not.toContain(sharingStrings.outside.statement);
});
