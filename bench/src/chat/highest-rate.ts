/** Narrows the result to within an eighth of the last rate that passed. */
const BISECTIONS = 3;

/**
 * Finds the highest rate that passes. Doubles `first` (or halves it, when that fails) until the
 * next rate fails or exceeds `limit`, then bisects.
 * @param attempt resolves with the rate that was really reached, or undefined when it failed
 * @returns 0 when not even one per second passes
 */
export async function findHighestRate(
  attempt: (perSecond: number) => Promise<number | undefined>,
  first: number,
  limit: number,
): Promise<number> {
  let passed: number | undefined;
  let failed: number | undefined;
  let reached = 0;
  const isPassed = async (perSecond: number) => {
    const rate = await attempt(perSecond);
    if (rate === undefined) failed = perSecond;
    else [passed, reached] = [perSecond, rate];
    return rate !== undefined;
  };
  let step = first;
  if (await isPassed(step)) while ((step *= 2) <= limit && (await isPassed(step)));
  else while ((step /= 2) >= 1 && !(await isPassed(step)));
  if (passed === undefined || failed === undefined) return reached;
  for (let n = 0; n < BISECTIONS; n += 1) await isPassed((passed + failed) / 2);
  return reached;
}
