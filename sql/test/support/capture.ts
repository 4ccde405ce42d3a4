import type pg from 'pg';

const ROWS = {
  insert: 'new table as new_rows',
  update: 'old table as old_rows new table as new_rows',
  delete: 'old table as old_rows',
} as const;

/** Creates a table's capture triggers as a connector does, except the one for TRUNCATE. */
export async function captureTable(
  client: pg.Client,
  { table = 'chat_data', qualified = 'public.chat_data', channels = ['incoming-chat'] } = {},
): Promise<void> {
  for (const [operation, rows] of Object.entries(ROWS)) {
    await client.query(`create or replace trigger capture_${operation} after ${operation} on ${qualified}
      referencing ${rows}
      for each statement execute function public.outbox_capture_${operation}(${[table, ...channels].map((name) => `'${name}'`).join()})`);
  }
}
