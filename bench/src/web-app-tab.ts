import type { Browser, CDPSession, Page } from 'playwright-core';

declare global {
  interface Window {
    /** In ms since navigation: when the first message was on screen. */
    firstMessageAt?: number;
    /** In ms since navigation: when this tab was on screen as a member of the chat. */
    onlineAt?: number;
  }
}

/** A tab that joined the chat, with the browser's own metrics. */
export interface Tab {
  page: Page;
  /** Resolves with ms from navigation to the first text on screen: title and promise. */
  readableAt(): Promise<number>;
  /** Resolves with ms from navigation to the first message on screen. */
  firstMessageAt(): Promise<number>;
  /**
   * Resolves with ms from navigation until the tab lists itself as online: session, connection,
   * attachment and presence are complete.
   */
  onlineAt(): Promise<number>;
  /** Resolves with MB in use after garbage collection. */
  heap(): Promise<number>;
  /** Resolves with ms that the main thread spent in scripts, styles and layout so far. */
  workDone(): Promise<number>;
  close(): Promise<void>;
}

export interface Conditions {
  /** Factor by which the CPU is slowed; 4 simulates a cheap phone. */
  slowdown?: number;
  network?: Network;
}

export interface Network {
  /** ms, for each request. */
  latency: number;
  kbitPerSecond: number;
}

export async function openTab(
  browser: Browser,
  site: string,
  { slowdown = 1, network }: Conditions = {},
): Promise<Tab> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  await page.addInitScript(joinAndWatch);
  const devtools = await context.newCDPSession(page);
  await devtools.send('Performance.enable');
  await devtools.send('Emulation.setCPUThrottlingRate', { rate: slowdown });
  if (network) await slowDown(devtools, network);
  await page.goto(site, { waitUntil: 'commit' });
  return {
    page,
    readableAt: () => firstPaint(page),
    firstMessageAt: () => moment(page, 'firstMessageAt'),
    onlineAt: () => moment(page, 'onlineAt'),
    heap: async () => {
      await devtools.send('HeapProfiler.collectGarbage');
      return (await devtools.send('Runtime.getHeapUsage')).usedSize / 1e6;
    },
    workDone: () => workDone(devtools),
    close: () => context.close(),
  };
}

async function slowDown(devtools: CDPSession, { latency, kbitPerSecond }: Network): Promise<void> {
  const bytesPerSecond = (kbitPerSecond * 1_000) / 8;
  await devtools.send('Network.enable');
  await devtools.send('Network.emulateNetworkConditions', {
    offline: false,
    latency,
    downloadThroughput: bytesPerSecond,
    uploadThroughput: bytesPerSecond,
  });
}

async function firstPaint(page: Page): Promise<number> {
  const found = await page.waitForFunction(
    () => performance.getEntriesByName('first-contentful-paint')[0]?.startTime,
  );
  return (await found.jsonValue()) ?? Number.NaN;
}

async function moment(page: Page, name: 'firstMessageAt' | 'onlineAt'): Promise<number> {
  const found = await page.waitForFunction((key) => window[key], name);
  return (await found.jsonValue()) ?? Number.NaN;
}

/**
 * Runs before the page's scripts: joins as after a reload, and records when the first message and
 * this tab's name among the members are painted.
 */
function joinAndWatch(): void {
  sessionStorage.setItem('chat.nickname', 'Bench');
  const record = (key: 'firstMessageAt' | 'onlineAt', isShown: () => boolean) => {
    const found = new MutationObserver(() => {
      if (!isShown()) return;
      found.disconnect();
      requestAnimationFrame(() => requestAnimationFrame(() => (window[key] = performance.now())));
    });
    found.observe(document, { childList: true, subtree: true });
  };
  record('firstMessageAt', () => document.querySelector('[data-message-id]') !== null);
  record('onlineAt', () => !!document.querySelector('.page-presence')?.textContent.includes('(you)'));
}

async function workDone(devtools: CDPSession): Promise<number> {
  const { metrics } = await devtools.send('Performance.getMetrics');
  const seconds = (name: string) => metrics.find((metric) => metric.name === name)?.value ?? Number.NaN;
  return (seconds('ScriptDuration') + seconds('RecalcStyleDuration') + seconds('LayoutDuration')) * 1_000;
}

/** Scrolls up until the beginning of the chat is loaded. */
export async function loadEverything({ page }: Tab): Promise<void> {
  await page.evaluate(async () => {
    const log = document.querySelector('[role=log]');
    const isAtBeginning = () => log?.textContent.includes('This is the beginning of the chat.');
    while (log && !isAtBeginning()) {
      log.scrollTop = 0;
      await new Promise(requestAnimationFrame);
    }
  });
}

/** Measures frames per second over `ms`, scrolling by `px` in every frame. */
export function framesPerSecond({ page }: Tab, ms: number, px: number): Promise<number> {
  return page.evaluate(
    async ([duration, step]) => {
      const log = document.querySelector('[role=log]');
      if (!log) throw new Error('The page has no list of messages (role=log)');
      const startedAt = performance.now();
      let frames = 0;
      let direction = log.scrollTop > log.scrollHeight / 2 ? -1 : 1;
      while (performance.now() - startedAt < duration) {
        const before = log.scrollTop;
        log.scrollTop += step * direction;
        if (step !== 0 && log.scrollTop === before) direction = -direction;
        await new Promise(requestAnimationFrame);
        frames += 1;
      }
      return (frames * 1_000) / (performance.now() - startedAt);
    },
    [ms, px] as const,
  );
}
