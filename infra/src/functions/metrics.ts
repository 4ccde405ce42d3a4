/** ConnectorWatch writes this metric; the alarm, the dashboard and the doctor read it. */
export const METRICS = {
  namespace: 'ServerlessChat',
  /** Row changes that stayed unpublished from one count to the next. */
  waitingRows: 'RowsWaiting',
  /** Name of the dimension. */
  stage: 'Stage',
} as const;
