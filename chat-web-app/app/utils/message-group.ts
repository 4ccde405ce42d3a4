import type { ShownMessage } from '../store/messages/shown-list';

/** ms between two messages of one group. */
const PAUSE = 5 * 60_000;

type Grouped = Pick<ShownMessage, 'author' | 'authorId' | 'at'>;

/**
 * Whether a message continues the group of the one above it, so that the name is displayed once.
 * Only the two decide, so that a part of the list can be grouped without the rest.
 */
export function continuesGroup(above: Grouped | undefined, message: Grouped): boolean {
  return (
    above !== undefined &&
    above.authorId === message.authorId &&
    above.author === message.author &&
    Math.abs(message.at - above.at) <= PAUSE
  );
}
