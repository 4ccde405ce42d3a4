import { describe, expect } from 'vitest';
import { parseConfig } from '../src/config/config.ts';
import { openDatabase } from '../src/database.ts';
import { createOvertaking } from '../src/overtaking/overtaking.ts';
import { setUpTriggers } from './support/connector.ts';
import { test as base } from './support/fixtures.ts';

const SIZE = { rows: 100, bytes: 60_000 };

const test = base
  /** Two tables whose updates are captured, and what overtakes on their channel. */
  .extend('overtaking', async ({ database, config }, { onCleanup }) => {
    await database.query(`
      create table items (id int primary key, note text);
      create table prices (id numeric primary key, note text);
      create table words (id int, note text);
      insert into items select i, '' from generate_series(1, 100) as i;
      insert into prices select i, '' from generate_series(1, 100) as i;
      insert into words select i, '' from generate_series(1, 100) as i`);
    const routes = ['items', 'prices', 'words'].map((tablename) => ({
      ...{ tablename, ablychannelname: 'changes', operation: 'UPDATE' },
    }));
    await setUpTriggers({ ...config, connector: routes });
    const pool = openDatabase(parseConfig(config).dbConfig, () => undefined);
    onCleanup(() => pool.close());
    const failures: Error[] = [];
    return {
      failures,
      of: (node: string) => {
        const overtaking = createOvertaking(pool, node, 'changes', (error) => failures.push(error));
        return {
          /** Returns the notes of the rows that overtake now. */
          async claim(): Promise<unknown[]> {
            // Every other batch is the next one in order, and a survey may be slow.
            for (let attempt = 0; attempt < 20; attempt += 1) {
              if (!(await overtaking.claim(SIZE))) continue;
              const rows = await database.query<{ note: string }>(
                `select o.data -> 'row' ->> 'note' as note
                 from (select sequence_ids from outbox_batches order by batch_id desc limit 1) as newest
                 join outbox as o on o.sequence_id = any (newest.sequence_ids) order by o.sequence_id`,
              );
              return rows.map(({ note }) => note);
            }
            return [];
          },
        };
      },
    };
  });

test.beforeAll(({ postgres }) => void postgres);

describe('overtaking', () => {
  test('claims the rows of small transactions, in their order, and each once', async ({
    database,
    overtaking,
  }) => {
    const { claim } = overtaking.of('a');
    await database.query(`update items set note = 'bulk' where id <= 50`);
    await database.query(`update items set note = 'one' where id = 60`);
    await database.query(`update items set note = 'two' where id in (70, 71)`);
    expect(await claim()).toEqual(['one', 'two', 'two']);
    expect(await claim()).toEqual([]);
    await database.query(`update items set note = 'three' where id = 70`);
    expect(await claim()).toEqual(['three']);
    expect(overtaking.failures).toEqual([]);
  });

  test('leaves a change behind an earlier one of its row, whose transaction commits late', async ({
    database,
    overtaking,
  }) => {
    const { claim } = overtaking.of('a');
    await using late = await database.connect();
    await late.query('begin');
    await late.query(`update items set note = 'bulk' where id <= 50`);
    await database.query(`update items set note = 'one' where id = 60`);
    expect(await claim()).toEqual(['one']);
    await database.query(`update items set note = 'two' where id = 61`);
    expect(await claim()).toEqual(['two']);
    await late.query('commit');
    await database.query(`update items set note = 'behind' where id = 7`);
    await database.query(`update items set note = 'three' where id = 62`);
    expect(await claim()).toEqual(['three']);
    expect(await claim()).toEqual([]);
    expect(overtaking.failures).toEqual([]);
  });

  test.for(['prices', 'words'])(
    'leaves rows in their order whose identity is not certain: those of %s',
    async (table, { database, overtaking }) => {
      await database.query(`update ${table} set note = 'bulk' where id <= 50`);
      await database.query(`update ${table} set note = 'one' where id = 60`);
      expect(await overtaking.of('a').claim()).toEqual([]);
      expect(overtaking.failures).toEqual([]);
    },
  );

  test('claims nothing while another node has a batch of the channel', async ({ database, overtaking }) => {
    await database.query(`update items set note = 'bulk' where id <= 50`);
    await database.query(`update items set note = 'one' where id = 60`);
    expect(await overtaking.of('a').claim()).toEqual(['one']);
    await database.query(`update items set note = 'two' where id = 61`);
    expect(await overtaking.of('b').claim()).toEqual([]);
    expect(await overtaking.of('a').claim()).toEqual(['two']);
  });

  test('continues after the primary key of a table has changed', async ({ database, overtaking }) => {
    const { claim } = overtaking.of('a');
    await database.query(`update items set note = 'bulk' where id <= 50`);
    await database.query(`update items set note = 'one' where id = 60`);
    expect(await claim()).toEqual(['one']);
    await database.query(`alter table items drop constraint items_pkey, add primary key (id, note)`);
    await database.query(`update items set note = 'two' where id = 61`);
    expect(await claim()).toEqual(['two']);
    expect(overtaking.failures).toEqual([]);
  });
});
