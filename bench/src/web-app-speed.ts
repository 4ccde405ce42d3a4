import { startStack, type Stack } from '@chat/stack';
import { gzipSync } from 'node:zlib';
import type { Browser } from 'playwright-core';
import type { Effort, Figure, Measurement } from './measurement.ts';
import { median } from './statistics.ts';
import { launchChromium } from './web-app-browser.ts';
import { insertMessages, publishEdits } from './web-app-rows.ts';
import { framesPerSecond, loadEverything, openTab, type Tab } from './web-app-tab.ts';

interface WebAppOptions {
  messages: number;
  /** Number of row changes that arrive together. */
  changes: number;
  /** Factor by which the CPU is slowed for the first message. */
  slowdown: number;
}

/** In px per frame: about 7,000 a second, a fast flick. */
const SCROLL = 120;

/**
 * Measures the page in a real browser on the local stack. Floors: the same tab idle (frames), and
 * with one page of messages (heap).
 */
export function webAppSpeed(options: WebAppOptions): Measurement {
  return async (effort) => {
    const stack = await startStack({ broker: { plan: 'none', ruleLoss: 0 } });
    const browser = await launchChromium();
    try {
      await insertMessages(stack, options.messages);
      return [
        ...(await readStart(stack, browser, options, effort)),
        ...(await readLongChat(stack, browser, options, effort)),
      ];
    } finally {
      await browser.close();
      await stack.close();
    }
  };
}

async function readStart(
  { site }: Stack,
  browser: Browser,
  { slowdown }: WebAppOptions,
  { rounds }: Effort,
): Promise<Figure[]> {
  const times: number[] = [];
  const online: number[] = [];
  let scripts = 0;
  for (let round = 0; round < rounds; round += 1) {
    const tab = await openTab(browser, site, { slowdown });
    times.push(await tab.firstMessageAt());
    scripts = await gzippedScripts(tab);
    online.push(await tab.onlineAt());
    await tab.close();
  }
  return [
    {
      what: `web app: first message shown, CPU slowed ${slowdown} × (budget 1,000)`,
      unit: 'ms',
      ours: median(times),
    },
    { what: `web app: listed as online, CPU slowed ${slowdown} ×`, unit: 'ms', ours: median(online) },
    { what: 'web app: scripts loaded until then, gzip (budget 135)', unit: 'kB', ours: scripts / 1_000 },
  ];
}

/** Returns bytes. Compresses here, because the timing of a script from the cache has no size. */
async function gzippedScripts({ page }: Tab): Promise<number> {
  const texts = await page.evaluate(async () => {
    const names = performance.getEntriesByType('resource').map(({ name }) => name);
    // A preloaded script is listed twice.
    const scripts = [...new Set(names)].filter((name) => name.endsWith('.js'));
    return Promise.all(scripts.map(async (name) => (await fetch(name)).text()));
  });
  return texts.reduce((sum, text) => sum + gzipSync(text).length, 0);
}

async function readLongChat(
  stack: Stack,
  browser: Browser,
  { messages, changes }: WebAppOptions,
  { rounds, readingMs }: Effort,
): Promise<Figure[]> {
  const tab = await openTab(browser, stack.site);
  await tab.firstMessageAt();
  const heapBefore = await tab.heap();
  await loadEverything(tab);
  const heap = await tab.heap();

  const scrolled: number[] = [];
  const idle: number[] = [];
  const applied: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    scrolled.push(await framesPerSecond(tab, readingMs, SCROLL));
    idle.push(await framesPerSecond(tab, readingMs, 0));
    applied.push(await readChanges(stack, tab, changes, messages, round + 2));
  }
  await tab.close();
  const many = `web app, ${messages.toLocaleString('en')} messages`;
  return [
    { what: `${many}: heap (budget 60; floor: one page of them)`, unit: 'MB', ours: heap, floor: heapBefore },
    {
      what: `${many}: scrolling (budget 55; floor: standing still)`,
      unit: 'frames/s',
      ours: median(scrolled),
      floor: median(idle),
      goal: { atLeast: 0.92 },
    },
    {
      what: `${many}: ${changes.toLocaleString('en')} row changes, decoded, applied and drawn (budget 50)`,
      unit: 'ms',
      ours: median(applied),
    },
  ];
}

/** Returns ms of main-thread work from before the first change until the last is on screen. */
async function readChanges(stack: Stack, tab: Tab, changes: number, messages: number, revision: number) {
  await tab.page.evaluate(() =>
    document.querySelector('[role=log]')?.scrollTo({ top: 1e9, behavior: 'instant' }),
  );
  const before = await tab.workDone();
  await publishEdits(stack, changes, messages, revision);
  await tab.page.getByText(`Edited ${revision}, message ${messages}`, { exact: true }).waitFor();
  await tab.page.evaluate(() => new Promise(requestAnimationFrame));
  return (await tab.workDone()) - before;
}
