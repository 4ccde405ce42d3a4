/** Everything that this part throws on purpose, one class per thing a caller may want to tell apart. */
export class ConnectorError extends Error {
  override name = 'ConnectorError';
}

/** The database holds no outbox, or an older one. Waiting does not help: somebody has to migrate it. */
export class MigrationsMissing extends ConnectorError {
  override name = 'MigrationsMissing' as const;

  constructor(missing: readonly string[]) {
    super(`The database lacks ${missing.join(', ')}: apply the migrations first, with \`npm run migrate\``);
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

  constructor(where: string, reason: string, options?: ErrorOptions) {
    super(`The database at ${where} refused the connection: ${reason}. Check the dbConfig`, options);
  }
}

/** Ably did not take a publish: it refused, failed, or did not answer in time. Never carries the message itself. */
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

export function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown), { cause: thrown });
}
