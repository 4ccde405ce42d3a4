/** The migrations were not applied; the database is as it was. Its message is for a person at a terminal. */
export class MigrationFailed extends Error {
  override name = 'MigrationFailed' as const;
}
