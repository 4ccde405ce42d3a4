/**
 * An error to report to the caller. Its message reaches the browser: no secret, address or cause.
 */
export class HttpProblem extends Error {
  override name = 'HttpProblem';

  readonly status: number;
  /** Every fault found in the request. */
  readonly problems: readonly string[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    message: string,
    options: ErrorOptions & { problems?: readonly string[]; headers?: Record<string, string> } = {},
  ) {
    super(message, options);
    this.status = status;
    this.problems = options.problems ?? [];
    this.headers = options.headers ?? {};
  }
}

export class BadRequest extends HttpProblem {
  override name = 'BadRequest' as const;

  constructor(message: string, problems: readonly string[] = []) {
    super(400, message, { problems });
  }
}

/**
 * For a deployer's own `authorize`: thrown there, it rejects the request.
 * @public
 */
export class Unauthorized extends HttpProblem {
  override name = 'Unauthorized' as const;

  constructor(message: string) {
    super(401, message);
  }
}

export class NotFound extends HttpProblem {
  override name = 'NotFound' as const;

  constructor(message: string) {
    super(404, message);
  }
}

export class MethodNotAllowed extends HttpProblem {
  override name = 'MethodNotAllowed' as const;

  constructor(method: string, allowed: readonly string[]) {
    super(405, `The method ${method} is not allowed; use ${allowed.join(' or ')}`, {
      headers: { allow: allowed.join(', ') },
    });
  }
}

export class BodyTooLarge extends HttpProblem {
  override name = 'BodyTooLarge' as const;

  constructor(limit: number) {
    super(413, `The body is larger than ${limit} bytes`);
  }
}

/** The Lambda did not return a valid page. `reason` is for the log; the caller gets a sentence. */
export class HistoryUnavailable extends HttpProblem {
  override name = 'HistoryUnavailable' as const;

  readonly reason: string;

  constructor(reason: string, options?: ErrorOptions) {
    super(502, 'The history cannot be read right now. Try again in a moment.', options);
    this.reason = reason;
  }
}

/**
 * The deployment is wrong, not the request. `details` are for the log, which browsers never see.
 */
export class Misconfigured extends HttpProblem {
  override name = 'Misconfigured' as const;

  readonly details: readonly string[];

  constructor(details: readonly string[]) {
    super(500, 'This site is not set up completely. Its operator finds the details in the function log.');
    this.details = details;
  }
}
