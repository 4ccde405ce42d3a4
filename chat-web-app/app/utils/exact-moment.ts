import { strings } from '../strings';

const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'long', timeStyle: 'medium' });

/** `24 December 2024 at 3:07:12 pm`, in local time and as the browser's language writes it. */
export function formatExactMoment(at: number): string {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? strings.message.unknownTime : exact.format(date);
}
