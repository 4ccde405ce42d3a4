/** Written by the watch, read by alarm and dashboard. */
export const METRICS = {
  namespace: 'ServerlessChat',
  /** Row changes that nobody has published within the watch's patience. */
  waitingRows: 'RowsWaiting',
  /** The dimension. */
  stage: 'Stage',
} as const;
