import { afterEach, describe, expect, test } from 'vitest';
import ThemeSwitch from '~/components/theme/ThemeSwitch.vue';
import { show } from '../support/page';
import { themeColours } from '../theme/theme-colours';

const shown = () => document.documentElement.dataset.theme;

describe('The switch of the colours', () => {
  afterEach(() => {
    localStorage.clear();
    delete document.documentElement.dataset.theme;
  });

  test('changes from the system to light, dark and back, and is remembered', async () => {
    const button = show(ThemeSwitch).get('button');
    expect(button.attributes('aria-label')).toBe('Colours: as the system. Change to: light');
    await button.trigger('click');
    expect(shown()).toBe('light');
    expect(button.attributes('aria-label')).toBe('Colours: light. Change to: dark');
    await button.trigger('click');
    expect(shown()).toBe('dark');
    expect(show(ThemeSwitch).get('button').attributes('title')).toBe('Colours: dark');
    await button.trigger('click');
    expect(shown()).toBeUndefined();
  });

  test("colours the browser's bars as the page", async () => {
    const bars = () =>
      [...document.head.querySelectorAll<HTMLMetaElement>('meta[name="theme-color"]')].map(
        ({ content }) => content,
      );
    const { light, dark } = themeColours.get('page-start') ?? {};
    const button = show(ThemeSwitch).get('button');
    expect(bars()).toEqual([light, dark]);
    await button.trigger('click');
    expect(bars()).toEqual([light]);
  });
});
