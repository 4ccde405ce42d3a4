import { flushPromises } from '@vue/test-utils';
import { describe, expect, test } from 'vitest';
import ConnectionBadge from '~/components/common/ConnectionBadge.vue';
import PresenceDrawer from '~/components/presence/PresenceDrawer.vue';
import PresencePanel from '~/components/presence/PresencePanel.vue';
import { named, showStarted } from '../support/page';

const ann = { kind: 'here', clientId: 'ann', connectionId: '1', data: { name: 'Ann' } } as const;
const me = { kind: 'here', clientId: 'me', connectionId: '2', data: { name: 'Me' } } as const;

describe('The presence column', () => {
  test('shows who is here before one has joined oneself, and marks oneself', async () => {
    const { api, wrapper } = await showStarted(PresencePanel);
    expect(wrapper.get('h2').text()).toBe('Online now (…)');
    api.listener?.onPresenceSnapshot([ann]);
    await flushPromises();
    expect(wrapper.get('h2').text()).toBe('Online now (1)');
    api.listener?.onPresenceChange(me);
    await flushPromises();
    expect(wrapper.findAll('li').map((item) => item.text())).toEqual(['Ann', 'Me (you)']);
  });

  test('claims nothing about now while disconnected', async () => {
    const { api, wrapper } = await showStarted(PresencePanel);
    api.listener?.onPresenceSnapshot([ann]);
    api.listener?.onStatus('offline');
    await flushPromises();
    expect(wrapper.get('h2').text()).toBe('Last seen online (1)');
    expect(wrapper.find('.bg-emerald-600').exists()).toBe(false);
  });
});

describe('The member list of a narrow page', () => {
  test('opens as a dialog from a button that tells the number, and closes from a tap outside', async () => {
    const { api, wrapper } = await showStarted(PresenceDrawer);
    api.listener?.onPresenceSnapshot([ann, me]);
    await flushPromises();
    const button = named(wrapper, 'button', 'Online now (2): show the list');
    await button.trigger('click');
    await flushPromises();
    const dialog = wrapper.get('dialog');
    expect(dialog.attributes('open')).toBeDefined();
    expect(button.attributes('aria-expanded')).toBe('true');
    await dialog.trigger('click');
    expect(dialog.attributes('open')).toBeUndefined();
    expect(button.attributes('aria-expanded')).toBe('false');
  });
});

describe('The connection badge', () => {
  test.each([
    ['live', undefined, ''],
    ['connecting', undefined, 'Connecting…'],
    ['offline', 'socket closed', 'Offline. Reconnecting; what you write is kept and sent then.'],
    ['failed', 'key is not valid', 'The connection failed. key is not validReload the page'],
  ] as const)('says of %s (%s): "%s"', async (status, reason, text) => {
    const { api, wrapper } = await showStarted(ConnectionBadge);
    api.listener?.onStatus(status, reason);
    await flushPromises();
    expect(wrapper.text().replace(/\s+/g, ' ')).toBe(text);
  });
});
