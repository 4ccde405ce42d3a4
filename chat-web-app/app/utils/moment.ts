import { strings } from '../strings';

/** `on 24/12 at 3:07 pm` in local time, for today without the date; or `at an unknown time`. */
export function formatMoment(at: number, now: number): string {
  const date = new Date(at);
  if (!isTime(date)) return strings.message.unknownTime;
  const day = isSameDay(date, new Date(now))
    ? ''
    : `${strings.message.on} ${date.getDate()}/${date.getMonth() + 1} `;
  return `${day}${strings.message.at} ${formatTime(date)}`;
}

/** `3:07 pm`. 12-hour clock: midnight is 12:00 am, noon is 12:00 pm. */
export function formatTime(date: Date): string {
  const hours = date.getHours();
  const minutes = String(date.getMinutes()).padStart(2, '0');
  return `${hours % 12 || 12}:${minutes} ${hours < 12 ? 'am' : 'pm'}`;
}

/** `Today`, `Yesterday`, else `Tuesday, 24 December 2024`. */
export function formatDay(at: number, now: number): string {
  const date = new Date(at);
  if (!isTime(date)) return strings.chat.unknownDay;
  const today = new Date(now);
  if (isSameDay(date, today)) return strings.chat.today;
  if (isSameDay(date, new Date(today.getFullYear(), today.getMonth(), today.getDate() - 1)))
    return strings.chat.yesterday;
  return dayFormat.format(date);
}

const dayFormat = new Intl.DateTimeFormat(strings.locale, {
  weekday: 'long',
  day: 'numeric',
  month: 'long',
  year: 'numeric',
});

/** Whether both are on the same local day. Invalid dates are equal: they share a divider. */
export function isSameDay(a: Date, b: Date): boolean {
  return a.toDateString() === b.toDateString();
}

/** A bigint column may exceed the range of dates, ±8.64e15 ms. */
function isTime(date: Date): boolean {
  return !Number.isNaN(date.getTime());
}
