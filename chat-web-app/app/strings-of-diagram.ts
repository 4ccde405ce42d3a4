import { formatCount } from './strings';

/** The texts of the architecture diagram and of "Follow a message", which load on demand. */
export const diagramStrings = {
  follow: 'Follow a message',
  followAdvice: 'Send, edit or delete a message to follow it through the system.',
  /** Each hop with the number of its arrow in the diagram. */
  hops: {
    publish: { step: 2, title: 'This page to Ably' },
    rule: { step: 3, title: 'Ably’s rule to AWS Lambda' },
    write: { step: 4, title: 'Lambda to Postgres: table and outbox in one transaction' },
    nudge: { step: 5, title: 'Outbox to connector' },
    fanOut: { step: 6, title: 'Connector to Ably' },
    subscribe: { step: 7, title: 'Ably to every page, this one too' },
    screen: { step: undefined, title: 'On the screen' },
  },
  /** What one time stands for, and the arrows of the diagram that it covers. */
  measures: {
    network: {
      arrows: '2 + 7',
      note: 'Both ways together, on this page’s clock. A page cannot time one way alone.',
    },
    behindAbly: { arrows: '3 – 6', note: 'Together, on Ably’s clock. No other clock reaches this page.' },
    untilBack: {
      arrows: '2 – 7',
      note: 'Together, on this page’s clock. No time of Ably’s separates them.',
    },
    screen: { arrows: 'screen', note: 'From the arrival until the next frame, on this page’s clock.' },
  },
  total: 'Total',
  totalNote: 'From publishing to the screen, on this page’s clock.',
  ended: {
    rejected: 'It was not accepted. The message says why.',
    superseded: 'It was discarded, or a newer change took its place, so no row of its own came back.',
  },
  row: (recordId: number | bigint, revision: number) => `row ${recordId}, revision ${revision}`,
  underway: 'in progress',
  ms: (ms: number) => `${formatCount(ms)} ms`,
  diagram:
    'Architecture: the browser gets a token from a Netlify function and publishes to the Ably channel outgoing-chat. ' +
    'A rule invokes an AWS Lambda, which writes to Postgres. A trigger fills an outbox in the same transaction, ' +
    'the connector publishes it to incoming-chat, and every tab shows the change.',
} as const;
