import { flushPromises } from '@vue/test-utils';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { h } from 'vue';
import FoldedText from '~/components/message/FoldedText.vue';
import MessageText from '~/components/message/MessageText.vue';
import { show } from '../support/page';

/** Lays out every text as high as the test says; the fold is 240 px high. */
let height = 0;
const observers: (() => void)[] = [];

class FakeResizeObserver {
  constructor(private readonly report: (entries: { target: Element }[]) => void) {}
  observe(target: Element): void {
    observers.push(() => this.report([{ target }]));
  }
  disconnect(): void {
    observers.length = 0;
  }
}

/** As MessageItem.vue does. */
const Item = (props: { text: string; isOpen: boolean }, { emit }: { emit: (event: 'toggle') => void }) =>
  h(FoldedText, { ...props, onToggle: () => emit('toggle') }, () => h(MessageText, { text: props.text }));
Item.props = ['text', 'isOpen'];
Item.emits = ['toggle'];

function laidOut(px: number) {
  height = px;
  for (const report of observers) report();
  return flushPromises();
}

describe('A long text', () => {
  beforeEach(() => {
    vi.stubGlobal('ResizeObserver', FakeResizeObserver);
    vi.spyOn(HTMLElement.prototype, 'scrollHeight', 'get').mockImplementation(() => height);
    vi.spyOn(HTMLElement.prototype, 'clientHeight', 'get').mockImplementation(() => Math.min(height, 240));
    return () => vi.unstubAllGlobals();
  });
  const lines = (count: number) => Array.from({ length: count }, (_, index) => `line ${index}`).join('\n');

  test('is folded, with a button that asks for all of it', async () => {
    const wrapper = show(Item, { text: lines(20), isOpen: false });
    expect(wrapper.find('button').exists()).toBe(false);
    await laidOut(400);
    expect(wrapper.find('.folded').exists()).toBe(true);
    const button = wrapper.get('button');
    expect(button.text()).toBe('Show more');
    expect(button.attributes('aria-expanded')).toBe('false');
    await button.trigger('click');
    expect(wrapper.emitted('toggle')).toHaveLength(1);

    await wrapper.setProps({ isOpen: true });
    expect(wrapper.find('.folded').exists()).toBe(false);
    expect(wrapper.get('button').text()).toBe('Show less');
  });

  test('that was opened before can be folded when it is mounted again', async () => {
    const wrapper = show(Item, { text: lines(20), isOpen: true });
    await flushPromises();
    expect(wrapper.get('button').text()).toBe('Show less');
  });

  test('that fits on twelve lines of a wide page has no button, until the page is narrow', async () => {
    const wrapper = show(Item, { text: 'word '.repeat(100), isOpen: false });
    await laidOut(240);
    expect(wrapper.find('button').exists()).toBe(false);
    await laidOut(500);
    expect(wrapper.get('button').text()).toBe('Show more');
  });

  test('is opened when the keyboard reaches a link below the fold', async () => {
    const wrapper = show(Item, { text: `${lines(20)}\nhttp://a.example`, isOpen: false });
    await laidOut(400);
    vi.spyOn(wrapper.get('a').element, 'getBoundingClientRect').mockReturnValue({ bottom: 380 } as DOMRect);
    await wrapper.get('a').trigger('focusin');
    expect(wrapper.emitted('toggle')).toHaveLength(1);
  });
});
