import type pg from 'pg';
import { MigrationFailed } from './errors.ts';

/**
 * @throws MigrationFailed for a database that cannot hold every message: SQL_ASCII accepts bytes of
 * any encoding, every other encoding lacks characters
 */
export async function ensureUnicode(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ server_encoding: string }>('show server_encoding');
  const encoding = rows[0]?.server_encoding;
  if (encoding === 'UTF8') return;
  throw new MigrationFailed(
    `The database ${client.database} has the encoding ${encoding}, in which not every message can be ` +
      "stored. Create one with: create database … encoding 'UTF8' template template0. Nothing was changed.",
  );
}
