import { JMESPathTypeError, search } from '@aws-lambda-powertools/jmespath';
import { Code, WireError } from '../errors.ts';
import type { MessageEntry, StoredMessage } from './entry.ts';

/** Whether a subscriber receives a message. */
export type MessageFilter = (message: StoredMessage) => boolean;

/**
 * Parses the qualifier of `[filter=…]name`: a JMESPath expression over `name`, `clientId` and
 * `headers` of a message, in base64. A message matches if the expression is `true` for it.
 * @throws WireError 40010
 */
export function parseFilter(base64: string): MessageFilter {
  const expression = Buffer.from(base64, 'base64').toString('utf8');
  const matches: MessageFilter = ({ name = null, clientId = null, extras }) => {
    const headers = (extras?.headers ?? {}) as Record<string, string | number | boolean | null>;
    return search(expression, { name, clientId, headers }) === true;
  };
  ensureValid(expression, matches);
  return (message) => {
    try {
      return matches(message);
    } catch {
      return false; // such as a comparison with a header that this message does not have
    }
  };
}

/** Returns an entry with only the messages that match a filter, or undefined if none does. */
export function matching(entry: MessageEntry, filter: MessageFilter): MessageEntry | undefined {
  const items = entry.items.filter(filter);
  return items.length > 0 ? { ...entry, items } : undefined;
}

/** The library has no function that only parses: a type error comes after parsing. */
function ensureValid(expression: string, matches: MessageFilter): void {
  try {
    matches({ id: '', serial: '', timestamp: 0 });
  } catch (error) {
    if (error instanceof JMESPathTypeError) return;
    throw new WireError(
      Code.badChannelName,
      `The filter ${JSON.stringify(expression)} is not a valid JMESPath expression: ${String(error)}`,
      { cause: error },
    );
  }
}
