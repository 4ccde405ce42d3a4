import type { Config } from './config/config.ts';
import { openDatabase } from './database.ts';
import { defaultOptions } from './options.ts';
import { reconcile, type ReconcileReport } from './setup/reconcile.ts';
import { ensureOwnSession } from './setup/session.ts';

/**
 * Makes control table and triggers match the routes, as the owner of the tables. The connector can
 * then run under a login that may only drain the outbox.
 * @param report called for each connection that breaks
 * @throws the errors of `ensureOwnSession` and `reconcile`
 */
export async function setUp(
  { dbConfig, connector: routes }: Pick<Config, 'dbConfig' | 'connector'>,
  report: (error: Error) => void,
): Promise<ReconcileReport> {
  const database = openDatabase(dbConfig, report);
  try {
    await ensureOwnSession(database, dbConfig);
    return await reconcile(database, routes, defaultOptions.lockTimeout);
  } finally {
    await database.close();
  }
}
