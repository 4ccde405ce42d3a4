import type { Timeline } from '@chat/contract';

/** The keyboard moves by a step, which is this part of the chat's life. */
const STEPS = 200;

/** The chat's life, for a slider: ms since the epoch. */
export interface Life {
  from: number;
  to: number;
  /** When messages were changed, ascending. */
  edits: number[];
}

/** Returns undefined for an empty chat. */
export function toLife({ from, to, edits }: Timeline): Life | undefined {
  if (from === null) return undefined;
  const end = Number(to);
  const start = Math.min(toDate(Number(from)), end);
  const isWithin = (at: number) => at >= start && at <= end;
  return { from: start, to: end, edits: edits.map(Number).filter(isWithin) };
}

export function within({ from, to }: Life, at: number): number {
  return Math.min(Math.max(at, from), to);
}

/**
 * The next time in a direction: that of an edit, or a step away if that is closer. Just after an edit
 * the chat has its new words, just before it the old ones: the reader stops at both.
 */
export function nextStop(life: Life, at: number, direction: 1 | -1): number {
  const { from, to, edits } = life;
  const step = at + (direction * (to - from)) / STEPS;
  const isAhead = (time: number) => (direction > 0 ? time > at : time < at);
  const stops = [step, ...edits, ...edits.map((edit) => edit - 1)].map(Math.round).filter(isAhead);
  const closest = direction > 0 ? Math.min(...stops) : Math.max(...stops);
  return stops.length === 0 ? within(life, at + direction) : within(life, closest);
}

/** A bigint column may have any time; a slider has those of dates. */
function toDate(at: number): number {
  const MAX_TIME = 8_640_000_000_000_000;
  return Math.min(Math.max(at, -MAX_TIME), MAX_TIME);
}
