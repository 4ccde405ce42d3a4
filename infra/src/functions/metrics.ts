/** ConnectorWatch writes these metrics; the alarms, the dashboard and the doctor read them. */
export const METRICS = {
  namespace: 'ServerlessChat',
  /** Row changes that stayed unpublished from one count to the next. */
  waitingRows: 'RowsWaiting',
  /** Row changes in outbox_set_aside. */
  setAsideRows: 'RowsSetAside',
  /** Log lines in which a connector says that row changes do not go out. */
  notReady: 'ConnectorNotReady',
  /** Name of the dimension. */
  stage: 'Stage',
} as const;
