import type { StackSettings } from './settings.ts';

/**
 * A call of chat-history takes a few milliseconds, so ten executions serve hundreds of calls per
 * second (estimate, not measured).
 */
const HISTORY_CONCURRENCY = 10;

type Settings = Pick<StackSettings, 'RESERVE_CONCURRENCY' | 'WRITER_CONCURRENCY'>;

/** Executions that the stack reserves for a function; also the most that it may use at a time. */
export interface ReservedExecutions {
  /** Each uses one database connection. */
  readonly writer: number;
  readonly history: number;
}

/** @returns undefined when the functions share the executions of the account */
export function reservedExecutions(settings: Settings): ReservedExecutions | undefined {
  if (!settings.RESERVE_CONCURRENCY) return undefined;
  return { writer: settings.WRITER_CONCURRENCY, history: HISTORY_CONCURRENCY };
}

/** Returns how many executions of the account the stack reserves in all. */
export function countReserved(settings: Settings): number {
  const { writer = 0, history = 0 } = reservedExecutions(settings) ?? {};
  return writer + history;
}
