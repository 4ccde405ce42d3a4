import { findHighestRate } from './chat/highest-rate.ts';
import { openPair } from './chat/pair.ts';
import type { Room } from './chat/room.ts';
import type { Figure, Measurement } from './measurement.ts';
import { median, quantile } from './statistics.ts';

interface ChatRateOptions {
  readers: number;
  /** The shortest step: what is shorter measures buffers. */
  leastMs: number;
  /** Messages/s above which nobody looks. */
  limit: number;
}

const FIRST = 400;
/** An author must keep this share of the pace: else it is not the chat that is measured. */
const PACE_KEPT = 0.97;

/** The highest pace at which all readers see every message, within a second: our whole local stack beside the peer. */
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
  const attempt = async (asked: number) => {
    const { delays, late, perSecond } = await room.read({ perSecond: asked, ms, patienceMs: 1_000 });
    const isSustained = late === 0 && perSecond >= PACE_KEPT * asked && quantile(delays, 0.99) < 1_000;
    return isSustained ? perSecond : undefined;
  };
  return findHighestRate(attempt, Math.min(FIRST, limit), limit);
}
