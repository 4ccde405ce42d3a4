import type pg from 'pg';

const OPERATIONS = { insert: 'new', update: 'new', delete: 'old' } as const;

/** Maps a table's changes to a channel and installs its triggers, as a connector does. */
export async function captureTable(
  client: pg.Client,
  { table = 'chat_data', qualified = 'public.chat_data', channel = 'incoming-chat' } = {},
): Promise<void> {
  for (const [operation, version] of Object.entries(OPERATIONS)) {
    await client.query('insert into public.ablycontroltable values ($1, $2, $3)', [
      table,
      channel,
      operation.toUpperCase(),
    ]);
    await client.query(`create or replace trigger capture_${operation} after ${operation} on ${qualified}
      referencing ${version} table as ${version}_rows
      for each statement execute function public.outbox_capture_${operation}()`);
  }
}
