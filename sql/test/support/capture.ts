import type pg from 'pg';

const OPERATIONS = { insert: 'new', update: 'new', delete: 'old' } as const;

/** Creates a table's capture triggers as a connector does, except the one for TRUNCATE. */
export async function captureTable(
  client: pg.Client,
  { table = 'chat_data', qualified = 'public.chat_data', channels = ['incoming-chat'] } = {},
): Promise<void> {
  for (const [operation, version] of Object.entries(OPERATIONS)) {
    await client.query(`create or replace trigger capture_${operation} after ${operation} on ${qualified}
      referencing ${version} table as ${version}_rows
      for each statement execute function public.outbox_capture_${operation}(${[table, ...channels].map((name) => `'${name}'`).join()})`);
  }
}
