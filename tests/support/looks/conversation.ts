/**
 * A chat of three days between two other people, with a long word, an address, an edit, code, a group
 * of messages and a text to fold.
 */
export const CONVERSATION = `
  insert into chat_data (username, msg_id, msg_data, client_id, created_at_timestamp, is_edited, edited_at_timestamp)
  select person, gen_random_uuid(), words, person, (extract(epoch from now()) * 1000)::bigint - minutes * 60000, edited,
         case when edited then (extract(epoch from now()) * 1000)::bigint - minutes * 60000 + 90000 end
    from (values
      ('Grace', 'Has anyone tried what happens when Postgres is down for a minute?', 2900, false),
      ('Alan', 'The function fails, Ably''s rule tries again, and nothing is lost.', 2895, true),
      ('Grace', 'Good. I will write it down in the runbook.', 1500, false),
      ('Alan', 'See https://www.postgresql.org/docs/current/sql-notify.html for why there is no payload.', 1490, false),
      ('Grace', (select string_agg(n || '. a step of a long list, which ends at twelve', E'\\n') from generate_series(1, 20) as n), 300, false),
      ('Grace', 'Pneumonoultramicroscopicsilicovolcanoconiosis-' || repeat('ab', 60), 60, false),
      ('Alan', 'Two things:', 46, false),
      ('Alan', 'First, \`notify\` only wakes it.', 46, false),
      ('Alan', E'Second, a repeat is dropped by its id:\\n\`\`\`sql\\ninsert into chat_data (msg_id)\\n  values ($1)\\n  on conflict do nothing;\\n\`\`\`', 45, false),
      ('Grace', 'שלום לכולם', 30, false),
      ('Alan', 'Who is writing the tests?', 20, true)) as written (person, words, minutes, edited)`;
