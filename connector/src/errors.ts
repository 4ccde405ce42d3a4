/** Everything that this part throws on purpose, one class per thing a caller may want to tell apart. */
export class ConnectorError extends Error {
  override name = 'ConnectorError';
}

/** The database holds no outbox, or an older one. Waiting does not help: somebody has to migrate it. */
export class MigrationsMissing extends ConnectorError {
  override name = 'MigrationsMissing' as const;

  readonly problems: readonly string[];

  constructor(missing: readonly string[]) {
    const problem = `The database lacks ${missing.join(', ')}: apply the migrations first, with \`npm run migrate\``;
    super(problem);
    this.problems = [problem];
  }
}

/** The role of the connection may not do what it has to. Waiting does not help: somebody has to grant it. */
export class RightsMissing extends ConnectorError {
  override name = 'RightsMissing' as const;

  readonly problems: readonly string[];

  constructor(missing: readonly string[]) {
    super(
      `The database role of the connector lacks ${missing.join('; ')}. ` +
        'sql/README.md has the grants; for triggers, run --setup once as the owner of the tables',
    );
    this.problems = missing.map((right) => `the role lacks ${right}`);
  }
}

/** Control table and triggers could not be brought in line with the configuration; nothing was changed. */
export class ReconcileFailed extends ConnectorError {
  override name = 'ReconcileFailed' as const;

  readonly problems: readonly string[];

  constructor(problems: readonly string[], options?: ErrorOptions) {
    super(
      `Could not set up the configured triggers, so nothing was changed: ${problems.join('; ')}`,
      options,
    );
    this.problems = problems;
  }
}

/** The database answers, and refuses us in a way that no retry mends: password, role or database name. */
export class DatabaseRefused extends ConnectorError {
  override name = 'DatabaseRefused' as const;

  constructor({ host, port, database }: { host: string; port: number; database: string }, cause: Error) {
    const where = `${host}:${port}/${database}`;
    super(`The database at ${where} refused the connection: ${cause.message}. Check the dbConfig`, { cause });
  }
}

/** Ably did not take a publish: it refused us, failed, or did not answer in time. Never carries the message itself. */
export class PublishFailed extends ConnectorError {
  override name = 'PublishFailed' as const;

  readonly channel: string;
  /** HTTP status; 0 when no answer came. */
  readonly status: number;
  /** Ably's error code, such as 40160 for a key that may not publish there; 0 when unknown. */
  readonly code: number;

  constructor(channel: string, status: number, code: number, reason: string, options?: ErrorOptions) {
    super(`Publish to "${channel}" failed with status ${status}, code ${code}: ${reason}`, options);
    this.channel = channel;
    this.status = status;
    this.code = code;
  }
}

/** Ably will never accept this message, or one of these messages, whoever publishes it and when. */
export class PublishRefused extends ConnectorError {
  override name = 'PublishRefused' as const;

  readonly status: number;
  readonly code: number;
  /** In Ably's words. */
  readonly reason: string;

  constructor(channel: string, status: number, code: number, reason: string, options?: ErrorOptions) {
    super(`Ably refused a message for "${channel}" with status ${status}, code ${code}: ${reason}`, options);
    this.status = status;
    this.code = code;
    this.reason = reason;
  }
}

/** This node could not extend its lease in time, so another may be at work on what it had claimed. */
export class LeaseLost extends ConnectorError {
  override name = 'LeaseLost' as const;

  constructor() {
    super(
      'The lease ran out before the database extended it, so what was claimed may be another node’s by now',
    );
  }
}

export function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown), { cause: thrown });
}
