import { MAX_CONTENT_LENGTH, MAX_USERNAME_LENGTH } from '@chat/contract';
import type { ChatRow } from '@chat/contract';

/** Code units: no valid text of n characters has more than 2n, so nothing that was sent through this page is cut. */
const MOST_TEXT = MAX_CONTENT_LENGTH * 2;
const MOST_NAME = MAX_USERNAME_LENGTH * 4;

/**
 * Any program may write rows, and the columns have no limit: a text of many megabytes is cut to what can be shown, so that
 * it costs neither memory nor a page that stands still.
 */
export function boundRow(row: ChatRow): ChatRow {
  const text = cut(row.msg_data, MOST_TEXT);
  const name = cut(row.username, MOST_NAME);
  return text === row.msg_data && name === row.username ? row : { ...row, msg_data: text, username: name };
}

/** The copy through an array lets go of the long original, which a mere slice would keep alive. */
function cut(text: string | null, most: number): string | null {
  if (text === null || text.length <= most) return text;
  return `${Array.from(text.slice(0, most)).join('').toWellFormed()}…`;
}
