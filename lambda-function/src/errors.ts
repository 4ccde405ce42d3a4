/**
 * Some edits or deletes name a message that is not there yet; everything else of the event is committed. Thrown so that AWS
 * invokes the function again: by then the insert, which Ably sends independently, has usually come.
 */
export class TargetMissing extends Error {
  override name = 'TargetMissing' as const;

  readonly messageIds: readonly string[];

  constructor(messageIds: readonly string[]) {
    super(
      `The message to edit or delete is not in the database yet, for: ${messageIds.join(', ')}. ` +
        'Its insert may still be on its way; retry the event.',
    );
    this.messageIds = messageIds;
  }
}

/** The database could not be reached, or the connection broke twice in a row. Retrying later is safe and right. */
export class DatabaseUnavailable extends Error {
  override name = 'DatabaseUnavailable' as const;
}
