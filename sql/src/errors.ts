/**
 * The database could not be migrated and is unchanged. The message is for a person at a terminal.
 */
export class MigrationFailed extends Error {
  override name = 'MigrationFailed' as const;
}

/**
 * The database has a schema that these SQL files cannot continue from: it was created before the
 * first release, or by files of another branch. It is unchanged.
 */
export class UnreleasedSchema extends Error {
  override name = 'UnreleasedSchema' as const;

  /** @param found the migrations that the database records */
  constructor(found: readonly string[]) {
    super(
      'The database has the schema of an unreleased version of the chat, which cannot be migrated. ' +
        `It records the migrations ${found.join(', ')}. Nothing was changed.`,
    );
  }
}
