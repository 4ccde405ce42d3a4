import { hostAndPort } from '@chat/contract';

/** The base of every error that the connector throws on purpose. */
export class ConnectorError extends Error {
  override name = 'ConnectorError';
}

/** The database has no outbox, or an older one. Permanent until the migrations are applied. */
export class MigrationsMissing extends ConnectorError {
  override name = 'MigrationsMissing' as const;

  readonly problems: readonly string[];

  constructor(missing: readonly string[]) {
    const problem = `The database lacks ${missing.join(', ')}: apply the migrations with \`npm run migrate\``;
    super(problem);
    this.problems = [problem];
  }
}

/** Ends the description of a right that the role has, for rows that it may not see. */
export const HIDES_ROWS =
  ': row-level security may hide rows (disable it there, or create a policy for the role using (true))';

/** The connector's role lacks rights. Permanent until they are granted. */
export class RightsMissing extends ConnectorError {
  override name = 'RightsMissing' as const;

  readonly problems: readonly string[];
  /** True when row-level security is the only obstacle, which an operator often sets by accident. */
  readonly isRowSecurity: boolean;

  constructor(missing: readonly string[]) {
    super(
      `The database role of the connector lacks ${missing.join('; ')}. ` +
        'sql/README.md has the grants; for triggers, run --setup once as the owner of the tables',
    );
    this.problems = missing.map((right) => `the role lacks ${right}`);
    this.isRowSecurity = missing.every((right) => right.endsWith(HIDES_ROWS));
  }
}

/** Control table and triggers could not be made to match the configuration; nothing was changed. */
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

/** The address is that of a pooler which does not give each connection a session of its own. */
export class PoolerInTheWay extends ConnectorError {
  override name = 'PoolerInTheWay' as const;

  constructor({ host, port }: { host: string; port: number }, observed: string, options?: ErrorOptions) {
    super(
      `A pooler answers at ${hostAndPort(host, port)} (${observed}). The connector needs a direct connection, or ` +
        'session mode: it listens and locks in a session of its own. In session mode, PgBouncer also ' +
        'needs ignore_startup_parameters = options',
      options,
    );
  }
}

/** The database rejects the connection permanently: password, role, database name or TLS. */
export class ConnectionRejected extends ConnectorError {
  override name = 'ConnectionRejected' as const;

  constructor({ host, port, database }: { host: string; port: number; database: string }, cause: Error) {
    const address = `${hostAndPort(host, port)}/${database}`;
    super(`The database at ${address} rejected the connection: ${cause.message}. Check the dbConfig`, {
      cause,
    });
  }
}

/**
 * A publish failed and may be retried: Ably rejected the connector, failed, or did not answer in
 * time.
 */
export class PublishFailed extends ConnectorError {
  override name = 'PublishFailed' as const;

  readonly channel: string;
  /** HTTP status; 0 without an answer. */
  readonly status: number;
  /**
   * Ably's error code, such as 40160 for a key without the right to publish there; 0 if unknown.
   */
  readonly code: number;

  constructor(channel: string, status: number, code: number, reason: string, options?: ErrorOptions) {
    super(`Publish to "${channel}" failed with status ${status}, code ${code}: ${reason}`, options);
    this.channel = channel;
    this.status = status;
    this.code = code;
  }
}

/** Ably rejected a batch because of a rate limit, and a smaller one would suit the learned rate. */
export class BatchExceedsRate extends ConnectorError {
  override name = 'BatchExceedsRate' as const;

  constructor(channel: string, messages: number) {
    super(`Ably permits fewer than ${messages} messages at once on "${channel}" at present`);
  }
}

/** Ably permanently rejects this message, or one of these messages. */
export class PublishRejected extends ConnectorError {
  override name = 'PublishRejected' as const;

  readonly status: number;
  readonly code: number;
  /** Ably's error message. */
  readonly reason: string;

  constructor(channel: string, status: number, code: number, reason: string, options?: ErrorOptions) {
    super(`Ably rejected a message for "${channel}" with status ${status}, code ${code}: ${reason}`, options);
    this.status = status;
    this.code = code;
    this.reason = reason;
  }
}

/** This node could not extend its lease in time, so another may own its batches. */
export class LeaseLost extends ConnectorError {
  override name = 'LeaseLost' as const;

  constructor() {
    super('The lease expired before the database extended it, so another node may own the claimed batches');
  }
}

export function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown), { cause: thrown });
}
