import * as v from 'valibot';
import { ChatRowSchema } from './row-change.ts';

/** Most changes in one answer. */
export const MAX_CHANGES = 200;

const MAX_CURSOR_LENGTH = 4_000;
const CURSOR = /^(\d{1,15})~(\d{1,19}:\d{1,19}:(?:\d{1,19}(?:,\d{1,19})*)?)$/;

/**
 * A moment in the order of commits, `<ms>~<snapshot>`: the database's clock, and PostgreSQL's
 * `pg_snapshot` as text, which names the transactions that were running. Opaque to readers.
 */
export const ChangesCursorSchema = v.pipe(
  v.string(),
  v.maxLength(MAX_CURSOR_LENGTH, 'must have at most 4,000 characters'),
  v.regex(CURSOR, 'must be the cursor of an answer'),
  v.transform((text) => {
    const [, ms = '', snapshot = ''] = CURSOR.exec(text) ?? [];
    return { ms: Number(ms), snapshot };
  }),
  v.check(({ snapshot }) => isSnapshot(snapshot), 'must be the cursor of an answer'),
);

/** The query of `GET chat-changes?since=<cursor>`. Unknown names are rejected. */
export const ChangesQuerySchema = v.strictObject({ since: v.optional(ChangesCursorSchema) });

/**
 * The current state of a message that changed. `insert`: its row is new, or its time is not before
 * the cursor's. A message that was sent before the cursor, stored after it and edited at once is an
 * `edit`: readers must not take for granted that they know its message.
 */
export const ChatChangeSchema = v.variant('kind', [
  v.object({ kind: v.picklist(['insert', 'edit']), msg_id: v.string(), row: ChatRowSchema }),
  v.object({ kind: v.literal('delete'), msg_id: v.string() }),
]);

/**
 * What changed since a cursor, one entry per message, in no particular order. `complete` is false
 * when more happened than the answer holds or the cursor is too old: read the history anew.
 */
export const ChatChangesSchema = v.object({
  changes: v.array(ChatChangeSchema),
  /** The `since` of the next request: every change between the two is in this answer. */
  cursor: v.string(),
  complete: v.boolean(),
});

export type ChangesCursor = v.InferOutput<typeof ChangesCursorSchema>;
export type ChangesQuery = v.InferOutput<typeof ChangesQuerySchema>;
export type ChatChange = v.InferOutput<typeof ChatChangeSchema>;
export type ChatChanges = v.InferOutput<typeof ChatChangesSchema>;

/** The result is always a valid cursor, however many transactions are running. */
export function formatChangesCursor({ ms, snapshot }: ChangesCursor): string {
  const text = `${ms}~${snapshot}`;
  if (text.length <= MAX_CURSOR_LENGTH) return text;
  // As if nothing after the oldest running transaction had been seen: repeats changes, skips none.
  const [oldest = ''] = snapshot.split(':');
  return `${ms}~${oldest}:${oldest}:`;
}

/**
 * What PostgreSQL accepts as `pg_snapshot`: xmin not above xmax, both with a valid lower half, and
 * the running transactions between them in ascending order.
 */
function isSnapshot(text: string): boolean {
  const [xmin = 0n, xmax = 0n, ...running] = text.split(/[:,]/).filter(Boolean).map(BigInt);
  const ascending = [xmin, ...running].every((id, index, ids) => index === 0 || id >= (ids[index - 1] ?? id));
  const isId = (id: bigint) => id % 0x1_0000_0000n !== 0n;
  return isId(xmin) && isId(xmax) && xmin <= xmax && ascending && running.every((id) => id < xmax);
}
