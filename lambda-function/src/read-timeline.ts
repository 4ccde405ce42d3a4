import { TIMELINE_PARTS, type Int8, type Timeline } from '@chat/contract';
import type { Database } from './database/database.ts';

const TIMELINE = `select first_message, now_ms, changed_at from public.chat_timeline(${TIMELINE_PARTS})`;

interface Found {
  first_message: Int8 | null;
  now_ms: Int8;
  changed_at: Int8 | null;
}

/** Returns when the chat began, and when its messages were changed. */
export async function readTimeline(database: Database): Promise<Timeline> {
  const found = await database.query<Found>('timeline', TIMELINE, []);
  const [{ first_message: from, now_ms: to } = { first_message: null, now_ms: 0 }] = found;
  return { from, to, edits: found.flatMap(({ changed_at }) => (changed_at === null ? [] : [changed_at])) };
}
