import type { PlanName } from '@chat/broker';
import * as v from 'valibot';
import { startOurs } from './chat/system.ts';
import { startChild } from './child.ts';
import type { Figure, Measurement } from './measurement.ts';
import { quantile } from './statistics.ts';

interface Scenario {
  what: string;
  people: number;
  /** Messages of all together. */
  perSecond: number;
  /** Further messages at one moment, every 10 s. */
  burst: number;
}

const Nothing = v.object({});
const Reading = v.object({
  delays: v.array(v.number()),
  repeats: v.number(),
  withGaps: v.number(),
  lost: v.number(),
  doubled: v.number(),
});

/** Readings of this many rounds and ms, together. */
const LEAST_SECONDS = 10;

/**
 * Measures the whole local stack under the limits of an Ably plan: the delay until authors see
 * their messages as sent, and what was published again, lost or doubled.
 */
export function chatPlan(plan: PlanName, scenarios: readonly Scenario[]): Measurement {
  return async ({ rounds, readingMs }) => {
    const seconds = Math.max(LEAST_SECONDS, (rounds * readingMs) / 1_000);
    const figures: Figure[] = [];
    for (const scenario of scenarios) figures.push(...(await measure(plan, scenario, seconds)));
    return figures;
  };
}

async function measure(plan: PlanName, scenario: Scenario, seconds: number): Promise<Figure[]> {
  const { what, people, perSecond, burst } = scenario;
  const system = await startOurs(plan);
  try {
    const { child } = await startChild(new URL('people/people-process.ts', import.meta.url), [], Nothing);
    const { address, database } = system;
    await child.request({ ably: address, database, people }, Nothing);
    const reading = await child.request({ seconds, perSecond, burst }, Reading);
    await child.end();
    const load = `${people} people, ${perSecond} messages/s${burst ? `, bursts of ${burst}` : ''}`;
    const figure = (name: string, unit: string, ours: number): Figure => ({
      what: `plan ${plan}, ${what} (${load}): ${name}`,
      unit,
      ours,
    });
    return [
      figure('publish → seen as sent by its author, p50', 'ms', quantile(reading.delays, 0.5)),
      figure('the same, p99', 'ms', quantile(reading.delays, 0.99)),
      figure('published again', 'messages', reading.repeats),
      figure('lost', 'messages', reading.lost),
      figure('doubled', 'messages', reading.doubled),
      figure('with gaps in the end', 'people', reading.withGaps),
    ];
  } finally {
    await system.stop();
  }
}
