import { MAX_CONTENT_LENGTH, MAX_USERNAME_LENGTH } from '@chat/contract';
import type { ChatRow } from '@chat/contract';

/** Code units. No valid text of n characters has more than 2n, so only invalid texts are cut. */
const MAX_TEXT_UNITS = MAX_CONTENT_LENGTH * 2;
const MAX_NAME_UNITS = MAX_USERNAME_LENGTH * 4;

/**
 * Cuts the texts of a row to what the page displays. Any program may write rows, and the columns
 * have no limit: a text of many megabytes would cost memory and block the page.
 */
export function boundRow(row: ChatRow): ChatRow {
  const text = boundText(row.msg_data);
  const name = cut(row.username, MAX_NAME_UNITS);
  return text === row.msg_data && name === row.username ? row : { ...row, msg_data: text, username: name };
}

export function boundText(text: string | null): string | null {
  return cut(text, MAX_TEXT_UNITS);
}

/** Copies through an array: a plain slice would keep the long original in memory. */
function cut(text: string | null, maxUnits: number): string | null {
  if (text === null || text.length <= maxUnits) return text;
  return `${Array.from(text.slice(0, maxUnits)).join('').toWellFormed()}…`;
}
