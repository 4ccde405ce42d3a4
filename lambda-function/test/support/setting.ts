import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, vi } from 'vitest';
import { migratedDatabases, startDatabaseServer, type DatabaseServer } from '@chat/test-database';
import { databaseEnv, startInstance } from './functions.ts';
import { catchLog } from './log-lines.ts';

/** A database of its own for each test, and what to ask of it. */
export interface Setting {
  url: string;
  client: pg.Client;
  /** What the functions logged in this test. */
  lines: Record<string, unknown>[];
  /** A fresh instance of chat-writer, with further environment. */
  startWriter(env?: Record<string, string>): ReturnType<typeof startInstance<'chat-writer'>>;
  /** Text by message id. */
  texts(): Promise<Record<string, string>>;
  /** Process ids of the connections that functions hold. */
  connections(): Promise<number[]>;
  endConnections(): Promise<void>;
}

/** To be called once in a test file; fills the object that it answers before each test. */
export function useSetting(): Setting {
  const setting = {} as Setting;
  let server: DatabaseServer;
  let nextDatabase: () => Promise<string>;
  beforeAll(async () => {
    server = await startDatabaseServer();
    nextDatabase = await migratedDatabases(server);
  });
  afterAll(() => server.stop());

  beforeEach(async () => {
    const url = await nextDatabase();
    const client = new pg.Client(url);
    await client.connect();
    const mine = `application_name = 'chat-lambda' and datname = current_database()`;
    Object.assign(setting, {
      url,
      client,
      lines: catchLog(),
      startWriter: (env = {}) => startInstance('chat-writer', { ...databaseEnv(url), ...env }),
      async texts() {
        const { rows } = await client.query('select msg_id, msg_data from chat_data');
        return Object.fromEntries(rows.map(({ msg_id, msg_data }) => [msg_id, msg_data]));
      },
      async connections() {
        const { rows } = await client.query(`select pid from pg_stat_activity where ${mine}`);
        return rows.map(({ pid }) => pid);
      },
      async endConnections() {
        await client.query(`select pg_terminate_backend(pid) from pg_stat_activity where ${mine}`);
      },
    } satisfies Setting);
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    await setting.endConnections();
    await setting.client.end();
  });
  return setting;
}
