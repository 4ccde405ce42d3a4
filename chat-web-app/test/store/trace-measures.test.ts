import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toArrival } from '~/store/trace/arrival';
import { toMeasures, toTotal } from '~/store/trace/measures';
import type { Trace } from '~/store/trace/module';
import { diagramStrings } from '~/strings-of-diagram';
import { aDelete, anInsert, anUpdate, aRow } from '../support/a-row';

const aTrace = (changed: Partial<Trace>): Trace => ({
  id: 'message-7',
  name: 'chatMsg',
  target: 'message-7',
  content: 'hello',
  publishedAt: 1_000,
  ...changed,
});

/** A row change that Ably published at 5,000 ms on its clock. */
const arrival = (publishedAt: number) =>
  toArrival(anInsert(aRow(7, { created_at_timestamp: publishedAt })), { timestamp: 5_000 });

const figures = (trace: Trace) =>
  Object.fromEntries(toMeasures(trace).map(({ name, ms }) => [name, ms] as const));

describe('The measures of a trace', () => {
  test('have a time each, of one clock each, and add up to the total', () => {
    const trace = aTrace({
      acknowledgedAt: 1_015,
      arrivedAt: 1_060,
      shownAt: 1_076,
      arrival: arrival(4_962),
    });
    expect(figures(trace)).toEqual({ network: 22, behindAbly: 38, screen: 16 });
    expect(toTotal(trace)).toBe(76);
  });

  test('show a wait of minutes where it was, and nowhere else', () => {
    const late = { arrivedAt: 181_040, shownAt: 181_056 };
    const sentLate = aTrace({ ...late, acknowledgedAt: 181_010, arrival: arrival(4_962) });
    expect(figures(sentLate)).toEqual({ network: 180_002, behindAbly: 38, screen: 16 });
    const writtenLate = aTrace({ ...late, acknowledgedAt: 1_010, arrival: arrival(5_000 - 180_010) });
    expect(figures(writtenLate)).toEqual({ network: 30, behindAbly: 180_010, screen: 16 });
  });

  test('do not depend on the acknowledgement, which may arrive last or never', () => {
    const arrived = { arrivedAt: 1_060, shownAt: 1_076, arrival: arrival(4_962) };
    for (const acknowledgedAt of [undefined, 1_001, 1_059, 90_000]) {
      expect(figures(aTrace({ ...arrived, acknowledgedAt }))).toEqual({
        network: 22,
        behindAbly: 38,
        screen: 16,
      });
    }
  });

  test.each([
    ['Ably’s two timestamps are in the wrong order', arrival(5_001)],
    ['Ably’s timestamps are further apart than the whole way took', arrival(4_900)],
    ['the row has no timestamp of the message', toArrival(aDelete(aRow(7)), { timestamp: 5_000 })],
    ['the row has no timestamp of the edit', toArrival(anUpdate(aRow(7)), { timestamp: 5_000 })],
    ['the page learned it from history', undefined],
  ])('share one time when %s', (_why, uncertain) => {
    const trace = aTrace({ arrivedAt: 1_060, shownAt: 1_076, arrival: uncertain });
    expect(figures(trace)).toEqual({ untilBack: 60, screen: 16 });
  });

  test('have no time before they end', () => {
    expect(figures(aTrace({ acknowledgedAt: 1_015 }))).toEqual({});
    expect(figures(aTrace({ arrivedAt: 1_060, arrival: arrival(4_962) }))).toEqual({
      network: 22,
      behindAbly: 38,
    });
    expect(toTotal(aTrace({ arrivedAt: 1_060 }))).toBeUndefined();
  });

  test('are never negative, and as displayed never add up to more than the total', () => {
    const time = fc.option(fc.double({ min: 0, max: 1e7, noNaN: true }), { nil: undefined });
    const timestamp = fc.option(fc.integer(), { nil: undefined });
    const times = fc.tuple(fc.double({ min: 0, max: 1e7, noNaN: true }), time, time, time, timestamp);
    fc.assert(
      fc.property(times, ([publishedAt, acknowledgedAt, arrivedAt, shownAt, sent]) => {
        const trace = aTrace({ publishedAt, acknowledgedAt, arrivedAt, shownAt });
        if (sent !== undefined) trace.arrival = arrival(sent);
        checkMeasures(trace);
      }),
      { numRuns: 5_000 },
    );
  });

  test('fulfil the same when the times are close together', () => {
    const near = fc.double({ min: 0, max: 40, noNaN: true });
    fc.assert(
      fc.property(near, near, near, near, fc.integer({ min: 4_950, max: 5_010 }), (a, b, c, d, sent) => {
        checkMeasures(
          aTrace({ publishedAt: a, acknowledgedAt: b, arrivedAt: c, shownAt: d, arrival: arrival(sent) }),
        );
      }),
      { numRuns: 5_000 },
    );
  });
});

function checkMeasures(trace: Trace): void {
  const shown = toMeasures(trace)
    .flatMap(({ ms }) => (ms === undefined ? [] : [diagramStrings.ms(ms)]))
    .map((text) => Number(text.replace(/[^\d-]/g, '')));
  for (const ms of shown) expect(ms).toBeGreaterThanOrEqual(0);
  const total = toTotal(trace);
  // A part of the way cannot be longer than the way, also while it lasts.
  if (total !== undefined) expect(shown.reduce((sum, ms) => sum + ms, 0)).toBeLessThanOrEqual(total);
}
