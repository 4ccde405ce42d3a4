import pg from 'pg';

/**
 * Adds old messages until chat_data has `rows` rows. They are not captured: triggers do not fire in
 * a session with the replica role.
 */
export async function fillTable(url: string, rows: number): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    await client.query("set session_replication_role = 'replica'");
    await client.query(
      `insert into chat_data (username, msg_id, msg_data, client_id, created_at_timestamp)
       select 'Person ' || n % 20, gen_random_uuid(),
              'Message ' || n || ' ' || repeat('lorem ipsum dolor ', (n % 23)::integer),
              'person-' || n % 20, 1700000000000 + n
         from generate_series((select count(*) from chat_data) + 1, $1) as n`,
      [rows],
    );
    await client.query('vacuum (analyze) chat_data');
    await client.query('checkpoint'); // otherwise the disk would still be writing during the reading
  } finally {
    await client.end();
  }
}
