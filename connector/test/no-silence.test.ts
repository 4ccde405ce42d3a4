import { describe, expect, onTestFinished } from 'vitest';
import { rawConfig, runConnector, type RunningConnector } from './support/connector.ts';
import { test } from './support/fixtures.ts';

test.beforeAll(({ postgres }) => void postgres);

async function readiness({ healthUrl }: RunningConnector): Promise<{ status: number; reasons: string[] }> {
  const response = await fetch(new URL('/ready', healthUrl));
  return { status: response.status, reasons: (await response.json()).reasons };
}

const ready = { status: 200, reasons: [] };
const notReady = (...reasons: RegExp[]) => ({
  status: 503,
  reasons: expect.arrayContaining(reasons.map((reason) => expect.stringMatching(reason))),
});

describe('connector /ready: names since when row changes do not go out, and recovers, when', () => {
  test.for([
    [
      'another session locks the outbox, so that measuring hangs too',
      'lock table outbox in access exclusive mode',
      /^reading the outbox fails since \d{4}-.*Z: /,
    ],
    [
      'claims wait for a lock',
      'lock table outbox_batches in share mode',
      /^publishing to channel incoming-chat fails since \d{4}-.*Z: row \d+ stays in the outbox/,
    ],
    [
      'another session holds the lock of the channel',
      `select pg_advisory_xact_lock(2021, hashtext('incoming-chat'))`,
      /^publishing to channel incoming-chat fails since \d{4}-.*Z: row \d+ stays in the outbox/,
    ],
  ] as const)('%s', async ([, statement, reason], { database, config, chat }) => {
    await using connector = await runConnector(config);
    await chat.insert(1, 1);
    await chat.isPublished();
    expect(await readiness(connector)).toEqual(ready);

    await using blocker = await database.connect();
    await using writer = await database.connect();
    await writer.query(`begin; insert into chat_data (msg_id) values ('m2')`);
    const blocked = blocker.query(`begin; ${statement}`);
    await writer.query('commit');
    await blocked;
    const waitFor = { timeout: 20_000 };
    await expect.poll(() => readiness(connector), waitFor).toEqual(notReady(reason));
    await expect.poll(() => connector.seen.readiness).toBe(1);

    await blocker.query('commit');
    await chat.isPublished();
    await expect.poll(() => readiness(connector), waitFor).toEqual(ready);
    await expect.poll(() => connector.seen.readiness).toBe(2);
    expect(chat.seenRows()).toEqual(['m1', 'm2']);
  });

  test('another consumer keeps a row locked', async ({ database, config, chat }) => {
    await using connector = await runConnector(config);
    await database.query(
      `insert into outbox (channel, name, lock_expiry)
       values ('incoming-chat', 'n', now() at time zone 'utc' + interval '1 hour')`,
    );
    await expect.poll(() => readiness(connector)).toEqual(notReady(/row \d+ stays in the outbox/));
    await database.query('update outbox set lock_expiry = null where lock_expiry is not null');
    await expect.poll(() => readiness(connector)).toEqual(ready);
    expect(await chat.pendingRows()).toEqual([]);
  });

  test('settling fails', async ({ database, config, chat }) => {
    await using connector = await runConnector(config);
    await database.query('alter function outbox_settle rename to outbox_settle_away');
    await chat.insert(1, 1);
    await expect
      .poll(() => readiness(connector))
      .toEqual(
        notReady(/^removing published rows fails since .*: function .*outbox_settle.* does not exist/),
      );
    await database.query('alter function outbox_settle_away rename to outbox_settle');
    await chat.isPublished();
    await expect.poll(() => readiness(connector)).toEqual(ready);
  });

  test('claiming fails, even before there is a row', async ({ database, config, chat }) => {
    await using connector = await runConnector(config);
    await database.query('alter function outbox_claim rename to outbox_claim_away');
    await expect
      .poll(() => readiness(connector))
      .toEqual(notReady(/^claiming rows fails since .*: function .*outbox_claim.* does not exist/));
    await database.query('alter function outbox_claim_away rename to outbox_claim');
    await chat.insert(1, 1);
    await chat.isPublished();
    await expect.poll(() => readiness(connector)).toEqual(ready);
  });

  test('the database became read-only', async ({ database, config, chat }) => {
    await using connector = await runConnector(config);
    const { database: name } = database.dbConfig;
    await database.query(`alter database ${name} set default_transaction_read_only = on`);
    await database.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where application_name = 'connector' and datname = current_database()`,
    );
    await expect.poll(() => readiness(connector)).toEqual(notReady(/read-only transaction/));
    await using operator = await database.connect();
    await operator.query('set default_transaction_read_only = off');
    await operator.query(`alter database ${name} reset default_transaction_read_only`);
    await operator.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where application_name = 'connector' and datname = current_database()`,
    );
    await chat.insert(1, 1);
    await chat.isPublished();
    await expect.poll(() => readiness(connector)).toEqual(ready);
  });
});

test('connector /ready: stays 200 while many channels wait for few lanes longer than one may wait', async ({
  database,
  ably,
}) => {
  await database.query('create table items (id int)');
  const routes = Array.from({ length: 16 }, (_, index) => ({
    tablename: 'items',
    operation: 'INSERT',
    ablychannelname: `channel ${index}`,
  }));
  const overdue = 3_000;
  await using connector = await runConnector(rawConfig(database, ably, routes), { concurrency: 2, overdue });
  let release = ably.delayAnswers();
  // Two channels at a time, so the last of them get their turn after 4 s.
  const answering = setInterval(() => {
    release();
    release = ably.delayAnswers();
  }, 500);
  onTestFinished(() => clearInterval(answering));
  await database.query('insert into items values (1)');
  const startedAt = performance.now();
  const answers: { status: number; reasons: string[] }[] = [];
  await expect
    .poll(
      async () => {
        answers.push(await readiness(connector));
        return database.query('select from outbox where not processed limit 1');
      },
      { timeout: 60_000 },
    )
    .toEqual([]);
  expect(performance.now() - startedAt, 'the last channel waits').toBeGreaterThan(overdue);
  expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
});
