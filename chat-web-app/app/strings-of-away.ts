import { formatCount } from './strings';

/** With a space at which no line breaks. */
const count = (number: number, what: string) => `${formatCount(number)}\u00a0${what}`;

/** The texts about changes that the reader has not seen: they load with what shows them. */
export const awayStrings = {
  /** "4 new · 2 edited · 1 deleted" */
  summary: (added: number, edited: number, deleted: number) =>
    [
      ...(added > 0 ? [count(added, 'new')] : []),
      ...(edited > 0 ? [count(edited, 'edited')] : []),
      ...(deleted > 0 ? [count(deleted, 'deleted')] : []),
    ].join(' · '),
  whileAway: (summary: string, isMore: boolean) =>
    `While you were away: ${isMore ? 'more than ' : ''}${summary}`,
  show: 'Show',
  next: 'Next change',
  previous: 'Previous change',
  dismiss: 'Dismiss',
  position: (number: number, total: number) => `${formatCount(number)} of ${formatCount(total)}`,
  change: {
    new: (author: string) => `New message by ${author}`,
    edited: (author: string) => `Message by ${author} was edited`,
    deleted: (author: string) => `A message by ${author} was deleted`,
  },
  unknownAuthor: 'an unknown author',

  above: (number: number) => `${formatCount(number)} edited above`,
  below: (number: number) => `${formatCount(number)} edited below`,
};
