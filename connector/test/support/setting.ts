import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { startPostgres, type PostgresServer, type TestDatabase } from './postgres.ts';
import { startStubAbly, type StubAbly } from './stub-ably.ts';

/** For all tests of a file one server, for each of them a database and an Ably of its own. */
export interface Setting {
  postgres: PostgresServer;
  database: TestDatabase;
  ably: StubAbly;
}

/** To be called once in a test file, before its own hooks; fills the object that it answers before each test. */
export function useSetting(): Setting {
  const setting = {} as Setting;
  beforeAll(async () => {
    setting.postgres = await startPostgres();
  });
  afterAll(() => setting.postgres.stop());
  beforeEach(async () => {
    setting.database = await setting.postgres.createDatabase();
    setting.ably = await startStubAbly();
  });
  afterEach(async () => {
    await setting.ably.close();
    await setting.database[Symbol.asyncDispose]();
  });
  return setting;
}
