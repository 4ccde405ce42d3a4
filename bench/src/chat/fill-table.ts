import pg from 'pg';

/** Adds old messages until chat_data has so many. Nobody is told of them: triggers do not fire in a session that acts as a replica. */
export async function fillTable(url: string, rows: number): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    await client.query("SET session_replication_role = 'replica'");
    await client.query(
      `INSERT INTO chat_data (username, msg_id, msg_data, client_id, created_at_timestamp)
       SELECT 'Person ' || n % 20, gen_random_uuid(), 'Message ' || n || ' ' || repeat('lorem ipsum dolor ', (n % 23)::integer), 'person-' || n % 20,
              1700000000000 + n
         FROM generate_series((SELECT count(*) FROM chat_data) + 1, $1) AS n`,
      [rows],
    );
    await client.query('VACUUM (ANALYZE) chat_data');
    await client.query('CHECKPOINT'); // else the disk would be at work on it while we read
  } finally {
    await client.end();
  }
}
