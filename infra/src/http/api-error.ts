interface Refusal {
  /** 0 when there was no answer at all. */
  readonly status: number;
  /** What the service said. */
  readonly words: string;
  /** How long it asks us to wait, in ms. */
  readonly wait?: number | undefined;
}

/** A call to a service failed. The message names call, status and words of the service, and what to try. */
export class ApiError extends Error {
  override name = 'ApiError' as const;
  readonly status: number;
  readonly wait: number | undefined;

  constructor(service: string, call: string, { status, words, wait }: Refusal, options?: ErrorOptions) {
    const outcome = status === 0 ? `could not be reached (${words})` : `answered ${status} (${words})`;
    super(`${service} ${outcome} to ${call}. ${advise(service, status, wait)}`, options);
    this.status = status;
    this.wait = wait;
  }
}

function advise(service: string, status: number, wait: number | undefined): string {
  switch (true) {
    case status === 0:
      return 'Is this machine online? What was done so far is found again: run the command once more.';
    case status === 401:
      return `Is the token of ${service} in .env complete, and has it not expired?`;
    case status === 403:
      return `The token of ${service} may not do this: docs/deploying.md lists what it must be allowed.`;
    case status === 429:
      return `Too many calls: run the command again${wait ? ` in ${Math.ceil(wait / 1_000)} s` : ' in a while'}.`;
    case status >= 500:
      return `The fault is on the side of ${service}: run the command again; what was done so far is found again.`;
    default:
      return 'See docs/deploying.md for this step done by hand.';
  }
}
