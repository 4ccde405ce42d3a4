import { describe, expect } from 'vitest';
import type { ChatPage } from '../support/chat-page.ts';
import { expectShown, expectSoon } from '../support/expect-soon.ts';
import { test } from '../support/journey.ts';

/** How light the text is: about 0 on a light page, about 1 on a dark one. */
function lightness(chat: ChatPage): Promise<number> {
  return chat.page.evaluate(() => {
    const [red = '0'] = /\d+/.exec(getComputedStyle(document.documentElement).color) ?? [];
    return Math.round(Number(red) / 255);
  });
}

const barColours = (chat: ChatPage) =>
  chat.page.evaluate(() =>
    [...document.querySelectorAll<HTMLMetaElement>('meta[name="theme-color"]')]
      .filter(({ media }) => media === '' || matchMedia(media).matches)
      .map(({ content }) => content),
  );

describe('the colours', () => {
  test('follow the system until the person chooses, and the choice survives a reload', async ({ open }) => {
    const visitor = await open();
    await visitor.page.emulateMedia({ colorScheme: 'dark' });
    expect(await lightness(visitor)).toBe(1);
    expect(await barColours(visitor)).toEqual(['#040f18']);
    await visitor.page.emulateMedia({ colorScheme: 'light' });
    expect(await lightness(visitor)).toBe(0);
    expect(await barColours(visitor)).toEqual(['#f8fafc']);

    const button = visitor.page.getByRole('button', { name: /^Colours/ });
    await button.click();
    await button.click();
    await expectSoon(() => lightness(visitor)).toBe(1);
    expect(await barColours(visitor)).toEqual(['#040f18']);

    await visitor.page.reload();
    await expectShown(visitor.page.getByRole('button', { name: 'Colours: dark. Change to: as the system' }));
    expect(await lightness(visitor)).toBe(1);
    expect(await barColours(visitor)).toEqual(['#040f18']);
    expect(visitor.complaints).toEqual([]);
  });

  test('are the chosen ones from the first paint, also before the page runs', async ({ open }) => {
    const visitor = await open();
    await visitor.page.emulateMedia({ colorScheme: 'light' });
    const button = visitor.page.getByRole('button', { name: /^Colours/ });
    await button.click();
    await button.click();
    // Without its modules the page has only its head: style sheets and the script that is no module.
    await visitor.page.route('**/_nuxt/*.js', (route) => route.abort());
    await visitor.page.reload({ waitUntil: 'domcontentloaded' });
    expect(await lightness(visitor)).toBe(1);
    expect(await visitor.page.getByRole('button').count()).toBe(0);
  });
});

describe('forced colours', () => {
  test('leave switch, bubbles and dots visible', async ({ join }) => {
    const ada = await join('Ada');
    await ada.send('A message');
    await expectShown(ada.message('A message'));
    await ada.page.emulateMedia({ forcedColors: 'active', colorScheme: 'dark' });
    const styles = await ada.page.evaluate(() => {
      const styleOf = (selector: string, part?: string) => {
        const element = document.querySelector(selector);
        if (!element) throw new Error(`${selector} must be on the page`);
        return getComputedStyle(element, part);
      };
      const canvas = styleOf('body').backgroundColor;
      return {
        canvas,
        bubble: styleOf('.bubble').borderTopWidth,
        knob: styleOf('.switch', '::before').backgroundColor,
        track: styleOf('.switch').backgroundColor,
        dot: styleOf('.presence-dot').backgroundColor,
        surface: styleOf('html').backgroundColor,
      };
    });
    expect(styles.bubble).toBe('1px');
    expect(styles.knob).not.toBe(styles.track);
    expect(styles.dot).not.toBe(styles.surface);
  });
});
