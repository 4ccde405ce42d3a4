/** A message that can never be published: Ably permanently rejects it, or it cannot be read. */
export interface Rejection {
  readonly sequenceId: string;
  /** HTTP status; 0 when Ably did not see the message. */
  readonly status: number;
  /** Ably's code, or the one that Ably would answer. */
  readonly code: number;
  readonly reason: string;
}
