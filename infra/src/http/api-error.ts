interface Failure {
  /** 0 when no response arrived. */
  readonly status: number;
  /** The error message of the service. */
  readonly message: string;
  /** The service's own waiting time, in ms. */
  readonly retryAfter?: number | undefined;
}

/**
 * An HTTP API call failed. The message names service, call, status, the service's message and a
 * remedy.
 */
export class ApiError extends Error {
  override name = 'ApiError' as const;
  readonly status: number;
  readonly retryAfter: number | undefined;

  constructor(
    service: string,
    call: string,
    { status, message, retryAfter }: Failure,
    options?: ErrorOptions,
  ) {
    const outcome = status === 0 ? `could not be reached (${message})` : `answered ${status} (${message})`;
    super(`${service} ${outcome} to ${call}. ${remedyFor(service, status, retryAfter)}`, options);
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

function remedyFor(service: string, status: number, retryAfter: number | undefined): string {
  switch (true) {
    case status === 0:
      return 'Is this machine online? Run the command again; it resumes where it stopped.';
    case status === 401:
      return `Check that the ${service} token in .env is complete and has not expired.`;
    case status === 403:
      return `The ${service} token lacks a permission: docs/deploying.md lists what it needs.`;
    case status === 429:
      return `Rate limit exceeded: run the command again ${retryAfter ? `in ${Math.ceil(retryAfter / 1_000)} s` : 'later'}.`;
    case status >= 500:
      return `The fault is on the side of ${service}: run the command again; it resumes where it stopped.`;
    default:
      return 'docs/deploying.md describes this step done by hand.';
  }
}
