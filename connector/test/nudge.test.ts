import { describe, expect } from 'vitest';
import { runConnector, setUpTriggers } from './support/connector.ts';
import { test } from './support/fixtures.ts';

test.beforeAll(({ postgres }) => void postgres);

describe('a captured statement, while no connector is awake', () => {
  test('can be committed when the queue of notifications is full, and is published', async ({
    postgres,
    database,
    config,
    chat,
  }) => {
    const [version] = await database.query<{ hasLimit: boolean }>(
      `select current_setting('server_version_num')::int >= 170000 as "hasLimit"`,
    );
    if (version?.hasLimit) {
      // The smallest queue; PostgreSQL's own is 8 GB.
      await database.query('alter system set max_notify_queue_pages = 64');
      await postgres.restart('orderly');
    }
    await setUpTriggers(config);
    await using idler = await database.connect();
    await idler.query('listen something');
    await idler.query('begin');
    await idler.query('select 1');
    if (version?.hasLimit) {
      const filling = async () => {
        for (;;) await database.query(`select pg_notify('something', repeat('x', 7000) || random())`);
      };
      await expect(filling()).rejects.toThrow('too many notifications');
    }
    await chat.insert(1, 1);
    await using _ = await runConnector(config);
    await chat.isPublished();
    expect(chat.acceptedRows()).toEqual(['m1']);
  });

  test('can be prepared for a two-phase commit, where the server permits it', async ({
    postgres,
    database,
    config,
    chat,
  }) => {
    await database.query('alter system set max_prepared_transactions = 2');
    await postgres.restart('orderly');
    await using _ = await runConnector(config);
    await using writer = await database.connect();
    await writer.query('begin');
    await writer.query(`insert into chat_data (msg_id) values ('m1')`);
    await writer.query(`prepare transaction 'first'`);
    await writer.query(`commit prepared 'first'`);
    await chat.isPublished();
    expect(chat.acceptedRows()).toEqual(['m1']);
  });
});
