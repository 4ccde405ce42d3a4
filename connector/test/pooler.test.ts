import { describe, expect } from 'vitest';
import { parseConfig, type RawConfig } from '../src/config/config.ts';
import { openDatabase, openSession } from '../src/database.ts';
import { check } from '../src/setup/check.ts';
import { ensureOwnSession } from '../src/setup/session.ts';
import { spawnConfigured } from './support/child.ts';
import { runConnector, setUpTriggers } from './support/connector.ts';
import { test } from './support/fixtures.ts';
import { hasPgbouncer, startPgbouncer } from './support/pgbouncer.ts';
import type { TestDatabase } from './support/postgres.ts';

test.beforeAll(({ postgres }) => void postgres);

const LENIENT = 'ignore_startup_parameters = options, extra_float_digits';

const through = (port: number, config: RawConfig): RawConfig => ({
  ...config,
  dbConfig: { ...config.dbConfig, port },
});

const sessionLocks = (database: TestDatabase) =>
  database.query(
    `select pid, classid from pg_locks where locktype = 'advisory' and classid in (2022, 2023)
       and database = (select oid from pg_database where datname = current_database())`,
  );

describe.runIf(hasPgbouncer)('connector: behind PgBouncer', () => {
  describe.each([
    ['in transaction mode', ['pool_mode = transaction']],
    ['in transaction mode, ignoring settings', ['pool_mode = transaction', LENIENT]],
    [
      'in transaction mode, with sessions in turn',
      ['pool_mode = transaction', LENIENT, 'server_round_robin = 1'],
    ],
    ['in transaction mode, with one session', ['pool_mode = transaction', LENIENT, 'default_pool_size = 1']],
    ['in statement mode', ['pool_mode = statement', LENIENT]],
    ['in session mode that rejects settings', ['pool_mode = session']],
  ])('%s', (_, settings) => {
    test.for([[], ['--setup'], ['--check']])(
      'refuses to run with %j',
      async (options, { database, config }) => {
        await using pooler = await startPgbouncer(database, settings);
        await using connector = await spawnConfigured(through(pooler.port, config), ...options);
        expect(await connector.exit).toBe(1);
        expect(connector.output()).toContain('needs a direct connection, or session mode');
        expect(await sessionLocks(database)).toEqual([]);
      },
    );
  });

  test('in transaction mode, whose sessions others use meanwhile, refuses to run', async ({
    database,
    config,
  }) => {
    await using pooler = await startPgbouncer(database, ['pool_mode = transaction', LENIENT]);
    await using others = new AsyncDisposableStack();
    const stopping = new AbortController();
    for (const _ of [1, 2, 3]) {
      const other = others.use(await database.connect(pooler.port));
      const keepQuerying = async () => {
        while (!stopping.signal.aborted) await other.query('begin; select 1; commit');
      };
      const traffic = keepQuerying();
      others.defer(() => traffic);
    }
    others.defer(() => stopping.abort());
    for (let round = 0; round < 10; round += 1) {
      await expect(runConnector(through(pooler.port, config))).rejects.toThrow('needs a direct connection');
    }
  });

  test('in session mode, publishes, and leaves no lock behind when it is killed', async ({
    database,
    config,
    chat,
  }) => {
    await using pooler = await startPgbouncer(database, ['pool_mode = session', LENIENT]);
    await setUpTriggers(config);
    const { problems } = await check(parseConfig(through(pooler.port, config)));
    expect(problems.filter((problem) => !problem.startsWith('Ably'))).toEqual([]);
    await using connector = await spawnConfigured(through(pooler.port, config));
    await connector.line('ready');
    await chat.insert(1, 5);
    await chat.isPublished();
    expect(await sessionLocks(database)).not.toEqual([]);
    connector.signal('SIGKILL');
    await connector.exit;
    await expect.poll(() => sessionLocks(database)).toEqual([]);
  });

  test('in session mode that ignores settings, sets its timeouts by statements', async ({
    database: { dbConfig, ...rest },
    config,
  }) => {
    await using pooler = await startPgbouncer({ dbConfig, ...rest }, ['pool_mode = session', LENIENT]);
    const address = parseConfig(through(pooler.port, config)).dbConfig;
    const database = openDatabase(address, () => undefined);
    const kind = await ensureOwnSession(database, address);
    const session = await openSession(address, 4_000, kind);
    const show = `select current_setting('statement_timeout') as statement,
      current_setting('idle_in_transaction_session_timeout') as transaction`;
    const timeouts = { statement: '6s', transaction: '6s' };
    expect(await database.query(show)).toEqual([timeouts]);
    expect(await session.query(show)).toEqual([timeouts]);
    expect(await session.query('show idle_session_timeout')).toEqual([{ idle_session_timeout: '4s' }]);
    await session.close();
    await database.close();
  });
});
