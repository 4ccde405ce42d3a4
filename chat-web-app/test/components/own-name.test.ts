import { flushPromises } from '@vue/test-utils';
import { describe, expect, test, vi } from 'vitest';
import OwnName from '~/components/nickname/OwnName.vue';
import { fakeBrowser } from '../support/fake-browser';
import { named, show } from '../support/page';

async function joined({ hasLocks = true } = {}) {
  const tab = await fakeBrowser().openTab(undefined, { hasLocks });
  await tab.store.dispatch('session/join', 'Ann');
  const wrapper = show(OwnName, {}, tab.store);
  const click = async (name: string) => {
    await named(wrapper, 'button', name).trigger('click');
    await flushPromises();
  };
  return { tab, wrapper, click };
}

/** The same, offline with one message in the queue. */
async function withUnsent(options?: { hasLocks: boolean }) {
  const room = await joined(options);
  room.tab.api.listener?.onStatus('offline');
  await room.tab.store.dispatch('sending/send', 'not sent yet');
  return room;
}

describe('The own name', () => {
  test('can be changed, and the focus returns to the button', async () => {
    const { tab, wrapper, click } = await joined();
    expect(wrapper.text()).toContain('You are Ann');
    await click('Change name');
    const field = await vi.waitFor(() => named(wrapper, 'input', 'Your new nickname'));
    expect(document.activeElement).toBe(field.element);
    await field.setValue('  ');
    await wrapper.get('form').trigger('submit');
    expect(wrapper.get('[role=alert]').text()).toBe('Type a nickname first.');
    await field.setValue('Anna');
    await wrapper.get('form').trigger('submit');
    await flushPromises();
    expect(wrapper.text()).toContain('You are Anna');
    expect(tab.session().nickname).toBe('Anna');
    expect(document.activeElement).toBe(named(wrapper, 'button', 'Change name').element);
  });

  test('stays when Escape ends the change', async () => {
    const { wrapper, click } = await joined();
    await click('Change name');
    const field = await vi.waitFor(() => named(wrapper, 'input', 'Your new nickname'));
    await field.setValue('Anna');
    await field.trigger('keydown', { key: 'Escape' });
    await flushPromises();
    expect(wrapper.text()).toContain('You are Ann');
    expect(document.activeElement).toBe(named(wrapper, 'button', 'Change name').element);
  });
});

describe('Leaving', () => {
  test('asks nothing when everything is sent', async () => {
    const { tab, wrapper, click } = await joined();
    await click('Leave');
    await vi.waitFor(() => expect(wrapper.emitted('left')).toHaveLength(1));
    expect(tab.session().nickname).toBeNull();
    expect(wrapper.text()).toBe('');
  });

  test('says what is not sent yet, and asks', async () => {
    const { tab, wrapper, click } = await withUnsent();
    await click('Leave');
    expect(wrapper.get('[role=alert]').text()).toBe(
      '1 message or change is not sent yet. If you leave, it is kept until you continue as Ann in this browser.',
    );
    expect(document.activeElement).toBe(named(wrapper, 'button', 'Stay').element);
    await click('Stay');
    expect(document.activeElement).toBe(named(wrapper, 'button', 'Leave').element);
    expect(tab.session().nickname).toBe('Ann');

    await click('Leave');
    await click('Leave');
    await vi.waitFor(() => expect(wrapper.emitted('left')).toHaveLength(1));
    expect(tab.session().nickname).toBeNull();
  });

  test('says that it is lost where the browser cannot keep it', async () => {
    const { wrapper, click } = await withUnsent({ hasLocks: false });
    await click('Leave');
    expect(wrapper.get('[role=alert]').text()).toContain('If you leave, it is lost.');
  });
});
