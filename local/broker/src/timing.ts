/** Everything that depends on time, in ms. Production values are the defaults; tests shorten them. */
export interface Timing {
  now: () => number;
  /** The longest silence that the broker promises. Clients give up 10 s after it. */
  heartbeatInterval: number;
  /** How long a lost connection can be resumed. */
  connectionStateTtl: number;
  /** How long members stay present after their connection was lost abruptly. */
  presenceGrace: number;
  /** How long messages, their ids (for idempotency) and hence continuity are kept. */
  retention: number;
  /** The same in namespaces that are persisted. */
  persistedRetention: number;
  /** How far the timestamp of a token request may be from now. */
  tokenRequestWindow: number;
  /** A client is asked to re-authenticate this long before its token expires. */
  authPromptBefore: number;
  /** A token with less than this left is not worth a prompt: who cannot renew would fail instead of seeing 40142. */
  authPromptLeast: number;
  /** First delay before a failed rule delivery is tried again; it doubles up to the largest. */
  ruleRetryFirst: number;
  ruleRetryLargest: number;
  /** How long close() waits for clients and rule deliveries before it cuts them off. */
  shutdownPatience: number;
  /** How often expired state is thrown away. */
  sweepInterval: number;
}

export const defaultTiming: Timing = {
  now: Date.now,
  heartbeatInterval: 15_000,
  connectionStateTtl: 120_000,
  presenceGrace: 15_000,
  retention: 120_000,
  persistedRetention: 24 * 3_600_000,
  tokenRequestWindow: 120_000,
  authPromptBefore: 30_000,
  authPromptLeast: 6_000,
  ruleRetryFirst: 200,
  ruleRetryLargest: 10_000,
  shutdownPatience: 1_000,
  sweepInterval: 10_000,
};
