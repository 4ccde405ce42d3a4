interface Expectation<Event> {
  readonly fits: (event: Event) => boolean;
  readonly fulfil: (event: Event) => void;
}

/**
 * Things that shall arrive, each awaited by whoever expects it. What nobody expects is let go.
 * @param patience how long each may take, in ms
 */
export function createExpectations<Event>(patience: number) {
  const open = new Set<Expectation<Event>>();
  return {
    arrive(event: Event): void {
      for (const expectation of open) if (expectation.fits(event)) expectation.fulfil(event);
    },
    /** @throws Error when it has not arrived in time */
    next(what: string, fits: (event: Event) => boolean): Promise<Event> {
      return new Promise((resolve, reject) => {
        const giveUp = setTimeout(() => {
          open.delete(expectation);
          reject(new Error(`${what} has not arrived within ${patience / 1_000} s`));
        }, patience);
        const expectation: Expectation<Event> = {
          fits,
          fulfil(event) {
            clearTimeout(giveUp);
            open.delete(expectation);
            resolve(event);
          },
        };
        open.add(expectation);
      });
    },
  };
}
