import { temporaryFolder } from '@chat/processes/testing';
import { chmod } from 'node:fs/promises';
import pg from 'pg';

/** Runs one statement on a connection of its own. */
export async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined); // tests end servers on purpose
  try {
    await client.connect();
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end().catch(() => undefined); // rejects if the connection never opened
  }
}

/** Creates a folder that PostgreSQL's user can enter, also as root. */
export async function folderForPostgres(): Promise<string> {
  const folder = await temporaryFolder();
  await chmod(folder, 0o711);
  return folder;
}
