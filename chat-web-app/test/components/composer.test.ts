import { describe, expect, test, vi } from 'vitest';
import MessageComposer from '~/components/message/MessageComposer.vue';
import { fakeApi, liveStore } from '../support/fake-api';
import { named, show } from '../support/page';

async function composer(api = fakeApi()) {
  const { store } = await liveStore(api);
  const wrapper = show(MessageComposer, {}, store);
  const field = named(wrapper, 'textarea', 'Write a message...');
  const press = (init: Record<string, unknown> = {}) => field.trigger('keydown', { key: 'Enter', ...init });
  const text = () => (field.element as HTMLTextAreaElement).value;
  return { api, store, wrapper, field, press, text };
}

describe('The composer', () => {
  test('sends the trimmed text on Enter, then is empty', async () => {
    const { wrapper, field, press, text } = await composer();
    await field.setValue(' hello ');
    await press();
    expect(wrapper.emitted('send')).toEqual([['hello']]);
    expect(text()).toBe('');
    expect(document.activeElement).toBe(field.element);
  });

  test('sends on the paper plane button', async () => {
    const { wrapper, field } = await composer();
    await field.setValue('hello');
    await named(wrapper, 'button', 'Send message').trigger('submit');
    expect(wrapper.emitted('send')).toEqual([['hello']]);
  });

  test.each([
    ['while an input method composes', { isComposing: true }],
    ['that only ends composing, as Safari reports it', { keyCode: 229 }],
    ['with Shift, which starts a line', { shiftKey: true }],
  ])('does not send on Enter %s', async (_when, init) => {
    const { wrapper, field, press, text } = await composer();
    await field.setValue('こん');
    await press(init);
    expect(wrapper.emitted('send')).toBeUndefined();
    expect(text()).toBe('こん');
  });

  test.each(['', '   ', '\n\n\t'])('does not send the blank text %j', async (blank) => {
    const { wrapper, field, press } = await composer();
    await field.setValue(blank);
    await press();
    expect(wrapper.emitted('send')).toBeUndefined();
  });

  test('rejects more than 4,000 characters with a message and keeps the text', async () => {
    const { wrapper, field, press, text } = await composer();
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

  test('sends a pasted text without its control characters', async () => {
    const { wrapper, field, press, text } = await composer();
    await field.setValue('a\u000bb\u0003');
    await press();
    expect(wrapper.emitted('send')).toEqual([['a\nb']]);
    expect(text()).toBe('');
  });

  test('does not send a text without a visible character', async () => {
    const { wrapper, field, press } = await composer();
    await field.setValue('\u2800\u200b\u3164');
    await press();
    expect(wrapper.emitted('send')).toBeUndefined();
  });

  test('shows a counter when the text comes near the limit', async () => {
    const { wrapper, field } = await composer();
    await field.setValue('x'.repeat(3_700));
    expect(wrapper.text()).not.toContain('/ 4,000');
    await field.setValue('😀'.repeat(3_900));
    expect(wrapper.text()).toContain('3,900 / 4,000');
  });

  test('keeps the draft in the store when the field is unmounted', async () => {
    const { store, field, wrapper } = await composer();
    await field.setValue('half a tho');
    wrapper.unmount();
    const again = named(show(MessageComposer, {}, store), 'textarea', 'Write a message...');
    expect((again.element as HTMLTextAreaElement).value).toBe('half a tho');
  });

  test('publishes typing once when it starts and once when it stops or the message is sent', async () => {
    vi.useFakeTimers();
    const { api, field, press } = await composer();
    const typing = () => api.entered.map((data) => (data as { typing: boolean }).typing);
    await field.setValue('h');
    await field.setValue('he');
    expect(typing()).toEqual([true]);
    await vi.advanceTimersByTimeAsync(4_000);
    expect(typing()).toEqual([true, false]);
    await field.setValue('hel');
    await press();
    expect(typing()).toEqual([true, false, true, false]);
    vi.useRealTimers();
  });
});
