import type { CDPSession } from 'playwright-core';

/** Moves a finger sideways on a touch screen, in px of the window. */
export async function swipe(finger: CDPSession, from: number, to: number, y = 400): Promise<void> {
  const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', x?: number) =>
    finger.send('Input.dispatchTouchEvent', { type, touchPoints: x === undefined ? [] : [{ x, y }] });
  await touch('touchStart', from);
  for (let step = 1; step <= 10; step += 1) await touch('touchMove', from + ((to - from) * step) / 10);
  await touch('touchEnd');
}
