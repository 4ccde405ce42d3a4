import { templateDatabases, type DatabaseServer } from '@chat/postgres/testing';
import { migrate } from '@chat/sql';

export {
  OLDEST_BINARIES,
  startDatabaseServer,
  withClient,
  type DatabaseServer,
} from '@chat/postgres/testing';
export { migrate } from '@chat/sql';

/**
 * Returns a function that resolves with the address of a migrated database, a fresh copy at each
 * call.
 */
export function migratedDatabases(server: DatabaseServer): Promise<() => Promise<string>> {
  return templateDatabases(server, migrate);
}
