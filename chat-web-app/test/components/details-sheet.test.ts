import { flushPromises } from '@vue/test-utils';
import { describe, expect, test, vi } from 'vitest';
import DetailsSheet from '~/components/details/DetailsSheet.vue';
import { loaded, showStarted } from '../support/page';

describe('The details of a narrow page', () => {
  test('open as a dialog from "How it works", and close with a button', async () => {
    const { wrapper } = await showStarted(DetailsSheet);
    const [opener] = wrapper.findAll('button');
    expect(opener?.text()).toBe('How it works');
    await opener?.trigger('click');
    await loaded();
    const dialog = wrapper.get('dialog');
    expect(dialog.attributes('open')).toBeDefined();
    expect(dialog.text()).toContain('fully serverless chat application');
    expect(dialog.find('[role=switch]').exists()).toBe(true);
    await dialog.get('[aria-label="Close the description"]').trigger('click');
    expect(dialog.attributes('open')).toBeUndefined();
    expect(opener?.attributes('aria-expanded')).toBe('false');
  });

  test('open when the trace is wanted', async () => {
    const narrow = Object.assign(new EventTarget(), { matches: false }) as MediaQueryList;
    vi.spyOn(window, 'matchMedia').mockReturnValue(narrow);
    const { wrapper, store } = await showStarted(DetailsSheet);
    store.commit('details/traceWanted');
    await flushPromises();
    expect(wrapper.get('dialog').attributes('open')).toBeDefined();
    expect(store.state.details.showsDiagram).toBe(true);
  });

  test('a swipe down on their head closes them, one on their text does not', async () => {
    const { wrapper } = await showStarted(DetailsSheet);
    await wrapper.get('button').trigger('click');
    await loaded();
    const dialog = wrapper.get('dialog');
    const swipe = async (on: string) => {
      const target = dialog.get(on);
      await target.trigger('pointerdown', { pointerType: 'touch', clientY: 100 });
      await target.trigger('pointermove', { pointerType: 'touch', clientY: 200 });
      await target.trigger('pointerup', { pointerType: 'touch', clientY: 200 });
    };
    await swipe('p');
    expect(dialog.attributes('open')).toBeDefined();
    await swipe('.dialog-head');
    expect(dialog.attributes('open')).toBeUndefined();
  });
});
