import type { ConnectorEvents } from '../events.ts';
import type { ConnectorOptions } from '../options.ts';
import type { Head } from '../publishing/heads.ts';

/** Something that has not worked since `since`, on the clock of `performance.now()`. */
export interface Trouble {
  readonly since: number;
  /** The last error, or what is observed. */
  readonly error: string;
}

/**
 * Whether committed row changes go out, judged by the effect: the outbox can be read, and the first
 * pending row of each channel changes. So a failing step need not be known, nor report itself.
 */
export interface Delivery {
  /** Steps that have failed for too long, by what the connector attempts. */
  failingSteps(): ReadonlyMap<string, Trouble>;
  /** Since when each channel with pending rows has not got on. */
  heads(): ReadonlyMap<string, number>;
  /** Channels that have not got on for too long. */
  waitingChannels(): ReadonlyMap<string, Trouble>;
}

/**
 * Times the limit: for a channel that may wait for its turn, as more channels than lanes have rows.
 */
const TURNS = 12;

/** Times the limit: for a channel that Ably limits, where one publish may take its time. */
const SLOWED = 4;

/** How long a channel counts as limited after a rejection, ms. */
const LIMITED_FOR = 60_000;

const READING = 'reading the outbox';
const CLAIMING = 'claiming rows';
const SETTLING = 'removing published rows';

export function followDelivery(
  events: ConnectorEvents,
  { concurrency, overdue }: Pick<ConnectorOptions, 'concurrency' | 'overdue'>,
  now = () => performance.now(),
): Delivery {
  const failing = new Map<string, Trouble>();
  let heads = new Map<string, { sequenceId: bigint; since: number }>();
  const limited = new Map<string, { at: number; code: number }>();
  let lookedAt: number | undefined;
  let gotOnAt = -Infinity;
  /** When more channels than lanes had rows: since then each has had its turn. */
  let crowdedAt = -Infinity;

  const fail = (step: string, { message }: Error) =>
    failing.set(step, { since: failing.get(step)?.since ?? now(), error: message });

  events.on('listening', () => (lookedAt ??= now()));
  events.on('look:failed', ({ error }) => fail(READING, error));
  events.on('poll:failed', ({ error }) => fail(CLAIMING, error));
  events.on('poll:recovered', () => failing.delete(CLAIMING));
  events.on('settle:failed', ({ error }) => fail(SETTLING, error));
  events.on('settled', () => failing.delete(SETTLING));
  events.on('limited', ({ channel, code }) => limited.set(channel, { at: now(), code }));
  events.on('looked', ({ heads: found }) => {
    lookedAt = now();
    failing.delete(READING);
    const present = new Map(found.map((head) => [head.channel, advance(head)]));
    if ([...heads].some(([channel, { since }]) => present.get(channel)?.since !== since)) gotOnAt = now();
    heads = present;
    if (heads.size > concurrency) crowdedAt = now();
    for (const [channel, { at }] of limited) if (now() - at > LIMITED_FOR) limited.delete(channel);
  });

  /** A late commit may put a row before the head: that is no progress. */
  function advance({ channel, sequenceId }: Head): { sequenceId: bigint; since: number } {
    const known = heads.get(channel);
    const isSame = known && sequenceId <= known.sequenceId;
    return { sequenceId, since: isSame ? known.since : now() };
  }

  const isOverdue = ({ since }: { since: number }, limit = overdue) => now() - since > limit;

  return {
    failingSteps() {
      const steps = new Map(failing);
      // A query that hangs reports nothing.
      if (lookedAt !== undefined && isOverdue({ since: lookedAt })) {
        steps.set(READING, { since: lookedAt, error: failing.get(READING)?.error ?? 'no answer' });
      }
      return new Map([...steps].filter(([, trouble]) => isOverdue(trouble)));
    },
    heads: () => new Map([...heads].map(([channel, { since }]) => [channel, since])),
    waitingChannels() {
      const mayWaitForTurn = !isOverdue({ since: crowdedAt }) && !isOverdue({ since: gotOnAt });
      const most = mayWaitForTurn ? TURNS * overdue : overdue;
      const late = [...heads].filter(([channel, head]) =>
        isOverdue(head, Math.max(most, limited.has(channel) ? SLOWED * overdue : 0)),
      );
      return new Map(
        late.map(([channel, { since, sequenceId }]) => {
          const code = limited.get(channel)?.code;
          const why = code === undefined ? '' : `: Ably limits the rate with code ${code}`;
          return [channel, { since, error: `row ${sequenceId} stays in the outbox${why}` }];
        }),
      );
    },
  };
}
