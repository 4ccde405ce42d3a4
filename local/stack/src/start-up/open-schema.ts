import { migrate, UnreleasedSchema } from '@chat/sql';

/**
 * Migrates the stack's database.
 * @param dataDir contains the embedded database; undefined when DATABASE_URL names another one
 * @returns the number of SQL files applied
 * @throws Error with what to do, when the database cannot be migrated
 */
export async function openSchema(databaseUrl: string, dataDir: string | undefined): Promise<number> {
  try {
    return (await migrate(databaseUrl)).applied.length;
  } catch (error) {
    if (!(error instanceof UnreleasedSchema)) throw error;
    const advice =
      dataDir === undefined
        ? 'Set DATABASE_URL to another database.'
        : `Either set LOCAL_DATA_DIR to another folder, or remove ${dataDir}, which deletes its messages.`;
    throw new Error(`${error.message}\n${advice}`, { cause: error });
  }
}
