import pg from 'pg';
import { test as base, vi } from 'vitest';
import { startDatabases, type Databases } from './databases.ts';
import { databaseEnv, startInstance, type Writer } from './functions.ts';
import { catchLog, type LogLine } from './log-lines.ts';

/** A migrated database of its own for each test. */
export interface ChatDatabase {
  url: string;
  client: pg.Client;
  /** Returns the text of each message, by message id. */
  texts(): Promise<Record<string, string>>;
  /** Returns the process ids of the functions' connections. */
  connections(): Promise<number[]>;
  endConnections(): Promise<void>;
}

interface TestFixtures {
  database: ChatDatabase;
  /** Lines that the functions logged during this test. */
  lines: LogLine[];
  /** Starts a fresh instance of chat-writer; `env` extends its environment. */
  startWriter(env?: Record<string, string>): Promise<Writer>;
}

/** `database` is a fixture of each test, on a server that the whole file shares. */
export const test = base.extend<TestFixtures & { databases: Databases }>({
  databases: [
    async ({}, use) => {
      const databases = await startDatabases();
      await use(databases);
      await databases.stop();
    },
    { scope: 'file' },
  ],
  database: async ({ databases }, use) => {
    const url = await databases.create();
    const client = new pg.Client(url);
    await client.connect();
    const database = chatDatabase(url, client);
    await use(database);
    await database.endConnections();
    await client.end();
  },
  lines: [
    async ({}, use) => {
      await use(catchLog());
      vi.restoreAllMocks();
    },
    { auto: true },
  ],
  startWriter: ({ database }, use) =>
    use((env = {}) => startInstance('chat-writer', { ...databaseEnv(database.url), ...env })),
});

// In a hook, because starting a server may take longer than a test's timeout.
test.beforeAll(({ databases }) => void databases);

function chatDatabase(url: string, client: pg.Client): ChatDatabase {
  const fromFunctions = `from pg_stat_activity
    where application_name = 'chat-lambda' and datname = current_database()`;
  return {
    url,
    client,
    async texts() {
      const { rows } = await client.query('select msg_id, msg_data from chat_data');
      return Object.fromEntries(rows.map(({ msg_id, msg_data }) => [msg_id, msg_data]));
    },
    async connections() {
      const { rows } = await client.query(`select pid ${fromFunctions}`);
      return rows.map(({ pid }) => pid);
    },
    async endConnections() {
      await client.query(`select pg_terminate_backend(pid) ${fromFunctions}`);
    },
  };
}
