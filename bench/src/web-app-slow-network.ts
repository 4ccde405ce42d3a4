import { startStack } from '@chat/stack';
import type { Figure, Measurement } from './measurement.ts';
import { median } from './statistics.ts';
import { launchChromium } from './web-app-browser.ts';
import { insertMessages } from './web-app-rows.ts';
import { openTab, type Conditions } from './web-app-tab.ts';

/** More than one page of history. */
const MESSAGES = 200;

/** Measures a first visit under the conditions of a cheap phone. */
export function webAppSlowNetwork(conditions: Required<Conditions>): Measurement {
  return async ({ rounds }) => {
    const stack = await startStack({ broker: { plan: 'none', ruleLoss: 0 } });
    const browser = await launchChromium();
    const readable: number[] = [];
    const first: number[] = [];
    try {
      await insertMessages(stack, MESSAGES);
      for (let round = 0; round < rounds; round += 1) {
        const tab = await openTab(browser, stack.site, conditions);
        first.push(await tab.firstMessageAt());
        readable.push(await tab.readableAt());
        await tab.close();
      }
    } finally {
      await browser.close();
      await stack.close();
    }
    return figuresOf(readable, first, conditions);
  };
}

function figuresOf(
  readable: readonly number[],
  first: readonly number[],
  { slowdown, network: { latency, kbitPerSecond } }: Required<Conditions>,
): Figure[] {
  const where = `web app, ${kbitPerSecond} kbit/s, ${latency} ms, CPU slowed ${slowdown} ×`;
  return [
    { what: `${where}: title and promise shown (budget 1,000)`, unit: 'ms', ours: median(readable) },
    { what: `${where}: first message shown`, unit: 'ms', ours: median(first) },
  ];
}
