/** Enough to find the others by; the dead letter holds the whole event anyway. */
const NAMED_IN_A_MESSAGE = 20;

/** An edit or delete that came before the message that it is about. */
export interface Orphan {
  kind: 'edit' | 'delete';
  id: string;
  targetId: string;
}

/**
 * Some edits or deletes name a message that is not there yet; everything else of the event is committed. Thrown so that AWS
 * invokes the function again: by then the insert, which Ably sends independently, has usually come.
 */
export class TargetMissing extends Error {
  override name = 'TargetMissing' as const;

  readonly orphans: readonly Orphan[];

  constructor(orphans: readonly Orphan[]) {
    const named = orphans
      .slice(0, NAMED_IN_A_MESSAGE)
      .map(({ kind, id, targetId }) => `${kind} ${id} of ${targetId}`);
    const others = orphans.length > named.length ? ` and ${orphans.length - named.length} more` : '';
    super(
      `The message to edit or delete is not in the database yet: ${named.join(', ')}${others}. ` +
        'Everything else of the event is committed. The insert may still be on its way; retry the event.',
    );
    this.orphans = orphans;
  }
}

/**
 * The database could not be reached, broke off, was too slow or too busy. Whether anything was committed is not known, and does not
 * matter: retrying later is safe and right.
 */
export class DatabaseUnavailable extends Error {
  override name = 'DatabaseUnavailable' as const;
}

/** The database answers, but not to this: a missing grant or migration. A retry helps once somebody has put that right. */
export class DatabaseRefused extends Error {
  override name = 'DatabaseRefused' as const;
}
