/** Names of the functions' CloudWatch metrics, for code that watches them. */
export const METRICS = {
  namespace: 'Chat',
  /** Its value is the name of the function. */
  dimension: 'FunctionName',
  /** 1 for each invocation of chat-writer that fails for missing targets alone (see report.ts). */
  targetMissing: 'targetMissing',
} as const;
