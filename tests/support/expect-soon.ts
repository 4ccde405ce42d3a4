import { expect } from 'vitest';
import type { Locator } from 'playwright-core';

/**
 * How long a condition may take, in ms. Speed is measured in bench/, not here. With ABLY_RULE_LOSS the
 * rule loses messages, and the page publishes them again after 10, then 20, then 40 s.
 */
const PATIENCE: { timeout: number; interval?: number } = {
  timeout: process.env.ABLY_RULE_LOSS ? 90_000 : 15_000,
  interval: 25,
};

/**
 * Waits until the assertion holds.
 * @param timeout ms
 */
export function expectSoon<T>(read: () => Promise<T> | T, { timeout } = PATIENCE) {
  return expect.poll(read, { ...PATIENCE, timeout });
}

/** Waits until exactly this many elements are visible. */
export async function expectCount(locator: Locator, count: number): Promise<void> {
  await expectSoon(() => locator.filter({ visible: true }).count()).toBe(count);
}

/** @param timeout ms */
export async function expectShown(locator: Locator, { timeout } = PATIENCE): Promise<void> {
  await locator.filter({ visible: true }).first().waitFor({ timeout });
}
