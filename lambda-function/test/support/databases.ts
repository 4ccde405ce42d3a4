import { migratedDatabases, startDatabaseServer, withClient } from '@chat/test-database';

export { withClient };

/** A PostgreSQL server for one test file. */
export interface Databases {
  /** Creates a migrated database and returns its address. */
  create(): Promise<string>;
  stop(): Promise<void>;
}

export async function startDatabases(): Promise<Databases> {
  const server = await startDatabaseServer();
  return { create: await migratedDatabases(server), stop: () => server.stop() };
}
