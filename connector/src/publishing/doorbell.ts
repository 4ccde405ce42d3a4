/**
 * Lets a loop sleep until somebody has something for it. A ring that comes while nobody waits is remembered, so that
 * the one between "looked, found nothing" and "went to sleep" is not lost.
 */
export interface Doorbell {
  ring(): void;
  /** Resolves at the next ring, at once when one is remembered, or after that many ms. */
  wait(ms: number): Promise<void>;
}

export function createDoorbell(): Doorbell {
  let rung = false;
  let wake: (() => void) | undefined;
  return {
    ring() {
      rung = true;
      wake?.();
    },
    async wait(ms) {
      if (!rung) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, ms);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      rung = false;
      wake = undefined;
    },
  };
}
