import type pg from 'pg';

const INDEXES = {
  chat_data_words: `create index chat_data_words on public.chat_data
    using gin (to_tsvector('simple', left(msg_data, 10000))) with (gin_pending_list_limit = 512)`,
  versions_words: `create index versions_words on chat_private.versions
    using gin (to_tsvector('simple', left(content, 10000))) with (gin_pending_list_limit = 512)`,
};

/**
 * Adds messages of 12 words until there are `rows`, each with one superseded version. Of 20,000
 * words a few are frequent and most are rare, as in a language. Triggers do not fire, and the indexes
 * of words are built afterwards, which takes a fifth of the time.
 */
export async function fillWithVersions(client: pg.Client, rows: number): Promise<void> {
  await client.query("set session_replication_role = 'replica'");
  for (const [name] of Object.entries(INDEXES)) await dropIndex(client, name);
  await client.query(
    `insert into chat_data (
       username, msg_id, msg_data, client_id, created_at_timestamp, revision, source,
       changed_at_timestamp
     )
     select 'Person ' || n % 20, 'm' || n, string_agg('w' || floor(power(random(), 4) * 20000), ' '),
       'person-' || n % 20, 1700000000000 + n * 1000, 2, 'chat', 1700000000500 + n * 1000
     from generate_series((select count(*) from chat_data) + 1, $1) as n
     cross join generate_series(1, 12) group by n`,
    [rows],
  );
  await client.query(
    `insert into chat_private.versions
     select msg_id, 1, 'old ' || msg_data, 'chat', created_at_timestamp, changed_at_timestamp,
       created_at_timestamp, incremental_record_id
     from chat_data on conflict do nothing`,
  );
  for (const statement of Object.values(INDEXES)) await client.query(statement);
  await client.query('reset session_replication_role');
  await client.query('vacuum (analyze) chat_data, chat_private.versions');
  await client.query('checkpoint'); // otherwise the disk would still be writing during the reading
}

export async function dropIndex(client: pg.Client, name: string): Promise<void> {
  const schema = name.startsWith('versions') ? 'chat_private' : 'public';
  await client.query(`drop index if exists ${schema}.${name}`);
}

/** The words of some messages, each as often as it occurs. */
export async function someWords(client: pg.Client, count: number): Promise<string[]> {
  const { rows } = await client.query<{ word: string }>(
    `select split_part(msg_data, ' ', 1 + floor(random() * 12)::integer) as word
     from chat_data order by md5(msg_id) limit $1`,
    [count],
  );
  return rows.map(({ word }) => word);
}
