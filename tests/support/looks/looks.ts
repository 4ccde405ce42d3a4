import type { Page } from 'playwright-core';

/** What a person's settings make of the page. */
export const LOOKS = {
  dark: { colorScheme: 'dark', forcedColors: 'none', textSize: 1 },
  light: { colorScheme: 'light', forcedColors: 'none', textSize: 1 },
  forced: { colorScheme: 'dark', forcedColors: 'active', textSize: 1 },
  large: { colorScheme: 'light', forcedColors: 'none', textSize: 2 },
} as const;

export type Look = keyof typeof LOOKS;

/** px. The text size of a browser whose settings were not changed. */
const TEXT_SIZE = 16;

/** Applies a look to an open page. */
export async function applyLook(page: Page, look: Look): Promise<void> {
  const { colorScheme, forcedColors, textSize } = LOOKS[look];
  await page.emulateMedia({ colorScheme, forcedColors });
  await setTextSize(page, textSize);
}

/** As the settings of the browser do: it changes what a rem is, also in media queries. */
export async function setTextSize(page: Page, factor: number): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send('Page.setFontSizes', { fontSizes: { standard: TEXT_SIZE * factor } });
  await session.detach();
}
