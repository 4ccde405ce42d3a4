/** What a look at one thing has found. */
export interface Finding {
  readonly state: 'ok' | 'warning' | 'wrong';
  readonly words: string;
  /** What to do about it. */
  readonly advice?: string;
}

export interface Examination {
  readonly name: string;
  /** What it throws counts as wrong. */
  look(): Promise<Finding>;
}

export const ok = (words: string): Finding => ({ state: 'ok', words });
export const warning = (words: string, advice: string): Finding => ({ state: 'warning', words, advice });
export const wrong = (words: string, advice: string): Finding => ({ state: 'wrong', words, advice });

/** Makes all examinations, whatever the others find. @returns true when nothing is wrong */
export async function examine(
  examinations: readonly Examination[],
  say: (line: string) => void,
): Promise<boolean> {
  let healthy = true;
  for (const { name, look } of examinations) {
    const { state, words, advice } = await look().catch((error: unknown): Finding =>
      wrong(error instanceof Error ? error.message : String(error), ''),
    );
    say(`  ${state.padEnd(7)} ${name}: ${words}`);
    if (advice) say(`          → ${advice}`);
    if (state === 'wrong') healthy = false;
  }
  return healthy;
}
