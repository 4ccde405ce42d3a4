import { flushPromises } from '@vue/test-utils';
import { describe, expect, test, vi } from 'vitest';
import TypingIndicator from '~/components/message/TypingIndicator.vue';
import ConnectionBadge from '~/components/common/ConnectionBadge.vue';
import PresenceDrawer from '~/components/presence/PresenceDrawer.vue';
import PresencePanel from '~/components/presence/PresencePanel.vue';
import { PresenceFull } from '~/api/presence-full';
import { createChatStore } from '~/store';
import { startChat } from '~/store/start';
import { formatTime } from '~/utils/moment';
import { fakeApi } from '../support/fake-api';
import { loaded, show, showStarted } from '../support/page';

const ann = { kind: 'present', clientId: 'ann', connectionId: '1', data: { name: 'Ann' } } as const;
const me = { kind: 'present', clientId: 'me', connectionId: '2', data: { name: 'Me' } } as const;

describe('The presence column', () => {
  test('shows the members before joining, and marks the own entry', async () => {
    const { api, wrapper } = await showStarted(PresencePanel);
    expect(wrapper.get('h2').text()).toBe('Online now (…)');
    api.listener?.onPresenceSnapshot([ann]);
    await flushPromises();
    expect(wrapper.get('h2').text()).toBe('Online now (1)');
    api.listener?.onPresenceChange(me);
    await flushPromises();
    expect(wrapper.findAll('li').map((item) => item.text())).toEqual(['Me (you)', 'Ann']);
  });

  test('shows "last seen" while disconnected', async () => {
    const { api, wrapper } = await showStarted(PresencePanel);
    api.listener?.onPresenceSnapshot([ann]);
    api.listener?.onStatus('offline');
    await flushPromises();
    expect(wrapper.get('h2').text()).toBe('Last seen online (1)');
    expect(wrapper.find('.bg-live').exists()).toBe(false);
  });
});

describe('The presence column of a crowd', () => {
  test('has the true number, and this person, who is not in the list of others', async () => {
    const api = fakeApi();
    api.stored.set('nickname', 'Me');
    api.onEnter = () => Promise.reject(new PresenceFull('The presence set is full.'));
    const { wrapper } = await showStarted(PresencePanel, api);
    api.listener?.onPresenceSnapshot([ann]);
    api.listener?.onOccupancy({ metrics: { subscribers: 1_234 } });
    await loaded();
    expect(wrapper.get('h2').text()).toBe('Online now (1,234)');
    expect(wrapper.findAll('li').map((item) => item.text())).toEqual([
      'Me (you, not in the list of others: it is full)',
      'Ann',
      'and 1,232 more, whom the list cannot hold',
    ]);
  });

  test('counts the members while all fit in the list', async () => {
    const { api, wrapper } = await showStarted(PresencePanel);
    api.listener?.onPresenceSnapshot([ann, me]);
    // Visitors who have not joined are on the channel too.
    api.listener?.onOccupancy({ metrics: { subscribers: 9 } });
    await flushPromises();
    expect(wrapper.get('h2').text()).toBe('Online now (2)');
  });
});

describe('The member list of a narrow page', () => {
  test('opens as a dialog from a button with the member count, and closes on a tap outside', async () => {
    const { api, wrapper } = await showStarted(PresenceDrawer);
    api.listener?.onPresenceSnapshot([ann, me]);
    await flushPromises();
    const button = wrapper.get('button');
    expect(button.get('.sr-only').text()).toBe('Online now (2): show the list');
    await button.trigger('click');
    await flushPromises();
    const dialog = wrapper.get('dialog');
    expect(dialog.attributes('open')).toBeDefined();
    expect(button.attributes('aria-expanded')).toBe('true');
    await dialog.trigger('click');
    expect(dialog.attributes('open')).toBeUndefined();
    expect(button.attributes('aria-expanded')).toBe('false');
  });

  test.each([
    ['far to the left', -100, true],
    ['a little to the left', -20, false],
    ['to the right', 100, false],
  ])('follows a finger, and a swipe %s closes it: %2$s', async (_how, by, closes) => {
    const { wrapper } = await showStarted(PresenceDrawer);
    await wrapper.get('button').trigger('click');
    await flushPromises();
    const dialog = wrapper.get<HTMLDialogElement>('dialog');
    const finger = (type: string, clientX: number) => dialog.trigger(type, { pointerType: 'touch', clientX });
    await finger('pointerdown', 200);
    await finger('pointermove', 200 + by);
    expect(dialog.element.style.translate).toBe(`${Math.min(by, 0)}px`);
    await finger('pointerup', 200 + by);
    expect(dialog.element.style.translate).toBe('');
    expect(dialog.attributes('open') === undefined).toBe(closes);
  });
});

describe('Typing', () => {
  test('of others is shown by name until they stop or the connection drops', async () => {
    const { api, wrapper } = await showStarted(TypingIndicator);
    const typing = (change: typeof ann | typeof me, isTyping: boolean) => ({
      ...change,
      data: { ...change.data, typing: isTyping },
    });
    api.listener?.onPresenceSnapshot([typing(ann, true), typing(me, true)]);
    await flushPromises();
    expect(wrapper.text()).toBe('Ann is typing…');
    api.listener?.onStatus('offline');
    await flushPromises();
    expect(wrapper.text()).toBe('');
    api.listener?.onStatus('live');
    api.listener?.onPresenceChange(typing(ann, false));
    await flushPromises();
    expect(wrapper.text()).toBe('');
  });

  test('of more than two people shows no names', async () => {
    const { api, wrapper } = await showStarted(TypingIndicator);
    const person = (id: string) => ({ ...ann, clientId: id, data: { name: id, typing: true } });
    api.listener?.onPresenceSnapshot(['a', 'b'].map(person));
    await flushPromises();
    expect(wrapper.text()).toBe('a and b are typing…');
    api.listener?.onPresenceSnapshot(['a', 'b', 'c'].map(person));
    await flushPromises();
    expect(wrapper.text()).toBe('Several people are typing…');
  });
});

describe('The connection badge', () => {
  const badgeText = (wrapper: { text(): string }) => wrapper.text().replace(/\s+/g, ' ');

  test('is empty while live, and shows every state before that', async () => {
    const api = fakeApi();
    const store = createChatStore(api, true);
    await startChat(store, api);
    const wrapper = show(ConnectionBadge, {}, store);
    expect(badgeText(wrapper)).toBe('Connecting…');
    api.listener?.onStatus('offline', 'no network');
    await flushPromises();
    expect(badgeText(wrapper)).toBe('Offline. Reconnecting… Messages you write are sent once you are back.');
    api.listener?.onStatus('live');
    await flushPromises();
    expect(badgeText(wrapper)).toBe('');
  });

  test('shows since when it is offline, also while reconnecting, and briefly that it is back', async () => {
    vi.useFakeTimers({ now: new Date(2026, 10, 21, 15, 7) });
    const time = formatTime(new Date());
    const { api, wrapper } = await showStarted(ConnectionBadge);
    for (const status of ['offline', 'connecting', 'offline'] as const) {
      api.listener?.onStatus(status, 'socket closed');
      await vi.advanceTimersByTimeAsync(60_000);
      expect(badgeText(wrapper)).toBe(
        `Offline since ${time}. Reconnecting… Messages you write are sent once you are back.`,
      );
    }
    api.listener?.onStatus('live');
    await flushPromises();
    expect(badgeText(wrapper)).toBe('Back online.');
    await vi.advanceTimersByTimeAsync(4_000);
    expect(badgeText(wrapper)).toBe('');
    vi.useRealTimers();
  });

  test('shows the reason of a failure and what to do', async () => {
    const { api, wrapper } = await showStarted(ConnectionBadge);
    api.listener?.onStatus('failed', 'key is not valid');
    await flushPromises();
    expect(badgeText(wrapper)).toContain('The connection failed. key is not valid');
    expect(wrapper.findAll('button').map((button) => button.text())).toEqual([
      'Connect again',
      'Reload the page',
    ]);
  });
});
