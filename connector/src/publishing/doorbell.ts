/**
 * Lets a loop sleep until there may be work. Remembers one ring while the loop does not wait, so
 * that a ring between "polled, found nothing" and "went to sleep" is not lost.
 */
export interface Doorbell {
  ring(): void;
  /** Resolves at the next ring, at once for a remembered one, or after `ms`. */
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
