import { openPair } from './chat/pair.ts';
import type { Figure, Measurement } from './measurement.ts';
import { quantile } from './statistics.ts';

/**
 * Measures publish → seen by all at a steady pace: the whole local stack beside the peer. Our way
 * is broker → rule → Lambda → Postgres → connector → broker; the peer does everything in one
 * process. The difference is the cost of being serverless.
 */
export function chatDelay(options: { readers: number; perSecond: number }): Measurement {
  return async ({ rounds, readingMs }) => {
    const { readers, perSecond } = options;
    const delays = { ours: [] as number[], peer: [] as number[] };
    const pair = await openPair(readers, readingMs);
    try {
      for (let round = 0; round < rounds; round += 1) {
        for (const chat of ['peer', 'ours'] as const) {
          delays[chat].push(...(await pair[chat].read({ perSecond, ms: readingMs })).delays);
        }
      }
    } finally {
      await pair.close();
    }
    const figure = (name: string, share: number): Figure => ({
      what: `chat, ${perSecond} messages/s: publish → seen by all ${readers}, ${name} (floor: the peer, Socket.IO + pg)`,
      unit: 'ms',
      ours: quantile(delays.ours, share),
      floor: quantile(delays.peer, share),
    });
    return [figure('p50', 0.5), figure('p99', 0.99)];
  };
}
