import { describe, expect, test } from 'vitest';
import MessageComposer from '~/components/message/MessageComposer.vue';
import { named, show } from '../support/page';

function composer() {
  const wrapper = show(MessageComposer);
  const field = named(wrapper, 'textarea', 'Write a message...');
  const press = (init: Record<string, unknown> = {}) => field.trigger('keydown', { key: 'Enter', ...init });
  const text = () => (field.element as HTMLTextAreaElement).value;
  return { wrapper, field, press, text };
}

describe('The composer', () => {
  test('sends with Enter, trimmed, and is empty then', async () => {
    const { wrapper, field, press, text } = composer();
    await field.setValue(' hello ');
    await press();
    expect(wrapper.emitted('send')).toEqual([['hello']]);
    expect(text()).toBe('');
    expect(document.activeElement).toBe(field.element);
  });

  test('sends with the paper plane', async () => {
    const { wrapper, field } = composer();
    await field.setValue('hello');
    await named(wrapper, 'button', 'Send message').trigger('submit');
    expect(wrapper.emitted('send')).toEqual([['hello']]);
  });

  test.each([
    ['while an input method composes', { isComposing: true }],
    ['that only ends composing, as Safari tells it', { keyCode: 229 }],
    ['with Shift, which starts a line', { shiftKey: true }],
  ])('does not send at Enter %s', async (_when, init) => {
    const { wrapper, field, press, text } = composer();
    await field.setValue('こん');
    await press(init);
    expect(wrapper.emitted('send')).toBeUndefined();
    expect(text()).toBe('こん');
  });

  test.each(['', '   ', '\n\n\t'])('does not send the blank text %j', async (blank) => {
    const { wrapper, field, press } = composer();
    await field.setValue(blank);
    await press();
    expect(wrapper.emitted('send')).toBeUndefined();
  });

  test('refuses more than 4,000 characters, says so, and keeps what was typed', async () => {
    const { wrapper, field, press, text } = composer();
    await field.setValue('x'.repeat(4_001));
    await press();
    expect(wrapper.emitted('send')).toBeUndefined();
    expect(wrapper.get('[role=alert]').text()).toBe(
      'Too long: 4,001 of 4,000 characters. Shorten it to send it.',
    );
    expect(text()).toHaveLength(4_001);

    await field.setValue('x'.repeat(4_000));
    expect(wrapper.get('[role=alert]').text()).toBe('');
    await press();
    expect(wrapper.emitted('send')).toHaveLength(1);
  });

  test('refuses control characters, says so, and keeps what was typed', async () => {
    const { wrapper, field, press, text } = composer();
    await field.setValue('a\u000bb');
    await press();
    expect(wrapper.emitted('send')).toBeUndefined();
    expect(wrapper.get('[role=alert]').text()).toContain('control characters');
    expect(text()).toBe('a\u000bb');
  });
});
