import { strings } from '../strings';

/** `by Ann on 24/12 at 3:07 pm • edited •`, without the date when that was today, in the reader's time zone. */
export function formatByline(name: string, at: number, isEdited: boolean, now: number): string {
  const date = new Date(at);
  const day = isSameDay(date, new Date(now)) ? '' : ` on ${date.getDate()}/${date.getMonth() + 1}`;
  const edited = isEdited ? ` ${strings.message.edited}` : '';
  return `${strings.message.by(name)}${day} at ${formatTime(date)}${edited}`;
}

/** 12-hour clock: midnight is 12:00 am, noon is 12:00 pm. */
function formatTime(date: Date): string {
  const hours = date.getHours();
  const minutes = String(date.getMinutes()).padStart(2, '0');
  return `${hours % 12 || 12}:${minutes} ${hours < 12 ? 'am' : 'pm'}`;
}

function isSameDay(a: Date, b: Date): boolean {
  return a.toDateString() === b.toDateString();
}
