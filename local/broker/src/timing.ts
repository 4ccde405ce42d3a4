/** All durations, in ms. The defaults are Ably's; tests shorten them. */
export interface Timing {
  now: () => number;
  /** The longest silence on a connection. Clients disconnect 10 s after it. */
  heartbeatInterval: number;
  /** How long a lost connection can be resumed. */
  connectionStateTtl: number;
  /** How long members stay present after their connection was lost. */
  presenceGrace: number;
  /** How long messages and their ids (for idempotency) are stored. */
  retention: number;
  /** The same in persisted namespaces. */
  persistedRetention: number;
  /** How far the timestamp of a token request may be before or after now. */
  tokenRequestWindow: number;
  /** How long before a token expires its client is prompted to renew it. */
  authPromptBefore: number;
  /** No prompt if less is left: a client unable to renew would fail instead of receiving 40142. */
  authPromptMinimum: number;
  /** How long clients may use a revoked token on, to renew it, if the revocation grants that. */
  revocationMargin: number;
  /** Delays before the retries of a failed invocation of a rule under a plan. */
  invocationRetries: readonly number[];
  /** First delay before a rule that loses nothing retries a delivery; it doubles up to the maximum. */
  ruleRetryFirst: number;
  ruleRetryMax: number;
  /** How long close() waits for clients and rule deliveries. */
  shutdownTimeout: number;
  /** How often expired state is discarded. */
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
  authPromptMinimum: 6_000,
  revocationMargin: 30_000,
  invocationRetries: [4_000, 20_000],
  ruleRetryFirst: 200,
  ruleRetryMax: 10_000,
  shutdownTimeout: 1_000,
  sweepInterval: 10_000,
};
