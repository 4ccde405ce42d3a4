import { describe, expect, test } from 'vitest';
import NicknameForm from '~/components/nickname/NicknameForm.vue';
import { liveStore } from '../support/fake-api';
import { named, show } from '../support/page';

async function form() {
  const { store } = await liveStore();
  const wrapper = show(NicknameForm, {}, store);
  return {
    wrapper,
    field: named(wrapper, 'input', 'Add a nickname'),
    enter: named(wrapper, 'button', 'Enter'),
  };
}

describe('The nickname form', () => {
  test('joins under the trimmed name', async () => {
    const { wrapper, field } = await form();
    await field.setValue('  Ann ');
    await wrapper.get('form').trigger('submit');
    expect(wrapper.emitted('join')).toEqual([['Ann']]);
  });

  test.each([
    ['', 'Type a nickname first.'],
    ['   ', 'Type a nickname first.'],
    ['x'.repeat(41), 'A nickname has at most 40 characters.'],
    ['a\u0007b', 'A nickname cannot contain control characters.'],
  ])('rejects %j with the reason %j', async (name, why) => {
    const { wrapper, field } = await form();
    await field.setValue(name);
    await wrapper.get('form').trigger('submit');
    expect(wrapper.emitted('join')).toBeUndefined();
    expect(wrapper.get('[role=alert]').text()).toBe(why);
    expect(field.attributes('aria-invalid')).toBe('true');
    expect(document.activeElement).toBe(field.element);
  });

  test('accepts 40 emoji, which are 40 characters', async () => {
    const { wrapper, field } = await form();
    await field.setValue('😀'.repeat(40));
    await wrapper.get('form').trigger('submit');
    expect(wrapper.emitted('join')).toHaveLength(1);
  });

  test('leaves Enter to an input method that is composing', async () => {
    const { field } = await form();
    const event = new KeyboardEvent('keydown', { key: 'Enter', isComposing: true, cancelable: true });
    field.element.dispatchEvent(event);
    expect(event.defaultPrevented).toBe(true);
  });
});
