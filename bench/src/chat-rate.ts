import { findHighestRate } from './chat/highest-rate.ts';
import { openPair } from './chat/pair.ts';
import type { Room } from './chat/room.ts';
import type { Figure, Measurement } from './measurement.ts';
import { median, quantile } from './statistics.ts';

interface ChatRateOptions {
  readers: number;
  /** Minimum duration of a step in ms; a shorter step would measure buffers. */
  leastMs: number;
  /** Maximum rate to try, in messages/s. */
  limit: number;
}

/** First rate to try, in messages/s. */
const FIRST = 400;
/** An author slower than this share of the requested pace would be the bottleneck, not the chat. */
const MIN_PACE = 0.97;

/**
 * Measures the highest rate at which all readers see every message within a second: the whole local
 * stack beside the peer.
 */
export function chatRate({ readers, leastMs, limit }: ChatRateOptions): Measurement {
  return async ({ rounds, readingMs }) => {
    const rates = { ours: [] as number[], peer: [] as number[] };
    const pair = await openPair(readers, readingMs);
    try {
      for (let round = 0; round < rounds; round += 1) {
        for (const chat of ['peer', 'ours'] as const) {
          const rate = await readRate(pair[chat], Math.max(readingMs, leastMs), limit);
          rates[chat].push(rate);
        }
      }
    } finally {
      await pair.close();
    }
    const figure: Figure = {
      what: `chat: sustained so that all ${readers} see all within 1 s (floor: the peer, Socket.IO + pg)`,
      unit: 'messages/s',
      ours: median(rates.ours),
      floor: median(rates.peer),
      goal: { atLeast: 1 },
    };
    return [figure];
  };
}

async function readRate(room: Room, ms: number, limit: number): Promise<number> {
  const attempt = async (requested: number) => {
    const { delays, late, perSecond } = await room.read({ perSecond: requested, ms, patienceMs: 1_000 });
    const isSustained = late === 0 && perSecond >= MIN_PACE * requested && quantile(delays, 0.99) < 1_000;
    return isSustained ? perSecond : undefined;
  };
  return findHighestRate(attempt, Math.min(FIRST, limit), limit);
}
