/** One number of ours, where possible beside its floor: the same work done with as little as can be, in the same run. */
export interface Figure {
  what: string;
  unit: string;
  ours: number;
  floor?: number;
  /** The limit that ours / floor should keep: at least for a rate, at most for a time. */
  goal?: { atLeast: number } | { atMost: number };
}

/** How long a run may take: rounds, of which the median counts, and ms for each reading within one. */
export interface Effort {
  rounds: number;
  readingMs: number;
}

/** Measures one thing, floor and all. It starts what it needs and ends it again. */
export type Measurement = (effort: Effort) => Promise<Figure[]>;

export const ratioOf = ({ ours, floor }: Figure) => (floor === undefined ? undefined : ours / floor);

/** @returns undefined when it has none */
export function meetsGoal(figure: Figure): boolean | undefined {
  const { goal } = figure;
  const ratio = ratioOf(figure);
  if (goal === undefined || ratio === undefined) return undefined;
  return 'atLeast' in goal ? ratio >= goal.atLeast : ratio <= goal.atMost;
}
