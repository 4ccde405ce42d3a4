interface Expectation<Event> {
  readonly matches: (event: Event) => boolean;
  readonly resolve: (event: Event) => void;
}

/**
 * Lets a caller await an event before it arrives. Unexpected events are discarded.
 * @param timeout of each expectation, in ms
 */
export function createExpectations<Event>(timeout: number) {
  const open = new Set<Expectation<Event>>();
  return {
    arrive(event: Event): void {
      for (const expectation of open) if (expectation.matches(event)) expectation.resolve(event);
    },
    /** @param name for the error @throws Error after the timeout */
    next(name: string, matches: (event: Event) => boolean): Promise<Event> {
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          open.delete(expectation);
          reject(new Error(`${name} has not arrived within ${timeout / 1_000} s`));
        }, timeout);
        const expectation: Expectation<Event> = {
          matches,
          resolve(event) {
            clearTimeout(timer);
            open.delete(expectation);
            resolve(event);
          },
        };
        open.add(expectation);
      });
    },
  };
}
