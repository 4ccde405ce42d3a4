import { quote } from '@chat/contract';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Logs an event. Details never contain secrets. */
export type Log = (level: LogLevel, event: string, details?: object) => void;

/** Returns a log that cuts and escapes every text in the details: clients choose most of them. */
export function withQuotedDetails(log: Log): Log {
  return (level, event, details) =>
    log(level, event, details && (bounded(details) as Record<string, unknown>));
}

function bounded(value: unknown): unknown {
  if (typeof value === 'string') return unmarked(quote(value));
  if (value instanceof Error) return [unmarked(quote(String(value))), ...framesOf(value)];
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(bounded);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, bounded(inner)]));
}

/** Without the quotation marks, which the log adds itself. */
const unmarked = (quoted: string) => quoted.slice(1, -1);

/** Only the places in our code: the first lines of a stack repeat the message. */
function framesOf({ stack = '' }: Error): string[] {
  return stack
    .split('\n')
    .filter((line) => /^ {4}at /.test(line))
    .map((line) => line.trim())
    .slice(0, 10);
}
