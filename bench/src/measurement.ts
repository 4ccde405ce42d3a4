/**
 * One measured number, where possible beside its floor: the same work done by the least possible
 * means, in the same run.
 */
export interface Figure {
  what: string;
  unit: string;
  ours: number;
  floor?: number;
  /** The limit for `ours / floor`: at least for a rate, at most for a time. */
  goal?: { atLeast: number } | { atMost: number };
}

/** The length of a run: the number of rounds, whose median counts, and ms per reading. */
export interface Effort {
  rounds: number;
  readingMs: number;
}

/** Measures figures and their floors. Starts and stops everything it needs. */
export type Measurement = (effort: Effort) => Promise<Figure[]>;

export const ratioOf = ({ ours, floor }: Figure) => (floor === undefined ? undefined : ours / floor);

/** Returns undefined for a figure without goal or floor. */
export function meetsGoal(figure: Figure): boolean | undefined {
  const { goal } = figure;
  const ratio = ratioOf(figure);
  if (goal === undefined || ratio === undefined) return undefined;
  return 'atLeast' in goal ? ratio >= goal.atLeast : ratio <= goal.atMost;
}
