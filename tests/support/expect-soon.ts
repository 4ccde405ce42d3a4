import { expect } from 'vitest';
import type { Locator } from 'playwright-core';

/** How long a condition may take, in ms. Speed is measured in bench/, not here. */
const PATIENCE = { timeout: 15_000, interval: 25 };

/** Waits until the assertion holds. */
export function expectSoon<T>(read: () => Promise<T> | T) {
  return expect.poll(read, PATIENCE);
}

/** Waits until exactly this many elements are visible. */
export async function expectCount(locator: Locator, count: number): Promise<void> {
  await expectSoon(() => locator.filter({ visible: true }).count()).toBe(count);
}

export async function expectShown(locator: Locator): Promise<void> {
  await locator.filter({ visible: true }).first().waitFor({ timeout: PATIENCE.timeout });
}
