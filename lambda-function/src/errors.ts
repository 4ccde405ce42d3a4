import { quote } from '@chat/contract';

/** Keeps the message short; the log has the request, and a dead letter the whole event. */
const MAX_LISTED = 5;

/** An edit or delete whose target message is not in the database. */
export interface Orphan {
  kind: 'edit' | 'delete';
  id: string;
  targetId: string;
}

/**
 * Some edits or deletes name a message that is not in the database yet; every other message of the
 * event is committed. Makes AWS invoke the function again: by then the insert, which Ably delivers
 * independently, has usually arrived.
 */
export class TargetMissing extends Error {
  override name = 'TargetMissing' as const;

  readonly orphans: readonly Orphan[];

  constructor(orphans: readonly Orphan[]) {
    super(
      `The message to edit or delete is not in the database yet: ${listOrphans(orphans)}. ` +
        'All other messages of the event are committed. The insert may still arrive: retry the event.',
    );
    this.orphans = orphans;
  }
}

/** Names each orphan and its target, as far as a log line may grow. */
export function listOrphans(orphans: readonly Orphan[]): string {
  return list(orphans.map(({ kind, id, targetId }) => `${kind} ${quote(id)} of ${quote(targetId)}`));
}

/** Names the authors of changes, each once, as far as a log line may grow. */
export function listAuthors(changes: readonly { clientId: string }[]): string {
  const authors = new Set(changes.map(({ clientId }) => clientId));
  return `too many messages within a minute of ${list([...authors].map((author) => quote(author)))}`;
}

function list(names: readonly string[]): string {
  const others = names.length > MAX_LISTED ? ` and ${names.length - MAX_LISTED} more` : '';
  return names.slice(0, MAX_LISTED).join(', ') + others;
}

/**
 * The database is unreachable, closed the connection, or is too slow or too busy. Whether the event
 * was committed is unknown; retrying it later is safe.
 */
export class DatabaseUnavailable extends Error {
  override name = 'DatabaseUnavailable' as const;
}

/** The secret of chat-history's callers cannot be read, or is no secret. Retrying is safe. */
export class SecretUnavailable extends Error {
  override name = 'SecretUnavailable' as const;
}

/**
 * PostgreSQL rejects the statement: a grant or migration is missing. Retry once that is repaired.
 */
export class DatabaseRefused extends Error {
  override name = 'DatabaseRefused' as const;
}
