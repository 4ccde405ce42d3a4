/** Keeps the message short; the dead letter contains the whole event. */
const MAX_LISTED_ORPHANS = 20;

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
    const listed = orphans
      .slice(0, MAX_LISTED_ORPHANS)
      .map(({ kind, id, targetId }) => `${kind} ${id} of ${targetId}`);
    const others = orphans.length > listed.length ? ` and ${orphans.length - listed.length} more` : '';
    super(
      `The message to edit or delete is not in the database yet: ${listed.join(', ')}${others}. ` +
        'All other messages of the event are committed. The insert may still arrive: retry the event.',
    );
    this.orphans = orphans;
  }
}

/**
 * The database is unreachable, closed the connection, or is too slow or too busy. Whether the event
 * was committed is unknown; retrying it later is safe.
 */
export class DatabaseUnavailable extends Error {
  override name = 'DatabaseUnavailable' as const;
}

/**
 * PostgreSQL rejects the statement: a grant or migration is missing. Retry once that is repaired.
 */
export class DatabaseRefused extends Error {
  override name = 'DatabaseRefused' as const;
}
