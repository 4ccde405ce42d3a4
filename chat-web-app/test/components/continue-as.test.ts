import { flushPromises } from '@vue/test-utils';
import { describe, expect, test, vi } from 'vitest';
import NicknameForm from '~/components/nickname/NicknameForm.vue';
import { fakeBrowser } from '../support/fake-browser';
import { loaded, named, show } from '../support/page';

/** The form in a new tab of a browser where Ann's tab was closed. */
async function afterAnn() {
  const browser = fakeBrowser();
  const ann = await browser.openTab();
  await ann.store.dispatch('session/join', 'Ann');
  ann.close();
  const tab = await browser.openTab();
  await vi.waitFor(() => expect(tab.offered()).toEqual(['Ann']));
  const wrapper = show(NicknameForm, {}, tab.store);
  await loaded();
  const offer = wrapper.findAll('button').find((button) => button.text().startsWith('Continue as Ann (last'));
  return { browser, owner: ann.session().owner ?? '', tab, wrapper, offer };
}

function stubPointer(isFine: boolean) {
  vi.spyOn(window, 'matchMedia').mockImplementation(
    (query) => ({ matches: isFine && query === '(hover: hover) and (pointer: fine)' }) as MediaQueryList,
  );
}

describe('The nickname form', () => {
  test('offers to continue as a person of a closed tab', async () => {
    const { tab, wrapper, offer } = await afterAnn();
    await offer?.trigger('click');
    await vi.waitFor(() => expect(wrapper.emitted('continued')).toHaveLength(1));
    expect(tab.session().nickname).toBe('Ann');
  });

  test('says so when another tab has continued as that person', async () => {
    const { browser, owner, wrapper, offer } = await afterAnn();
    const other = await browser.openTab();
    await other.store.dispatch('session/continueAs', owner);
    await offer?.trigger('click');
    await vi.waitFor(() => expect(wrapper.text()).toContain('Ann is in use in another tab.'));
    expect(wrapper.emitted('continued')).toBeUndefined();
  });

  test('asks before it forgets a person, and moves the focus along', async () => {
    const { wrapper, tab } = await afterAnn();
    const click = async (name: string) => {
      await named(wrapper, 'button', name).trigger('click');
      await flushPromises();
    };
    await click('Forget Ann in this browser');
    expect(document.activeElement).toBe(named(wrapper, 'button', 'Keep').element);
    await click('Keep');
    expect(document.activeElement).toBe(named(wrapper, 'button', 'Forget Ann in this browser').element);
    expect(tab.offered()).toEqual(['Ann']);
    await click('Forget Ann in this browser');
    await click('Forget');
    expect(wrapper.text()).not.toContain('Continue as');
    expect(document.activeElement).toBe(named(wrapper, 'input', 'Add a nickname').element);
    expect(window.localStorage).toHaveLength(0);
  });

  test.for([true, false])('has the focus at first if the device has a keyboard: %s', async (hasKeyboard) => {
    stubPointer(hasKeyboard);
    const { wrapper } = await afterAnn();
    const field = named(wrapper, 'input', 'Add a nickname').element;
    expect(document.activeElement === field).toBe(hasKeyboard);
  });
});
