import { createPace, type Pace } from './pace.ts';

/** What one publish uses of the limits. */
export interface Publish {
  readonly messages: number;
  readonly bytes: number;
}

/** The largest batch that suits the learned rates. */
export interface BatchSize {
  readonly rows: number;
  readonly bytes: number;
}

/** The rates learned from Ably's rejections: two for each channel, and two for the account. */
export interface Limits {
  isLimited(channel: string): boolean;
  /** Time until the next publish to the channel may be sent, ms. */
  delay(channel: string): number;
  /** What Ably accepts in a quarter of a second, so that a slow channel's batches are small. */
  batchSize(channel: string): BatchSize;
  spend(channel: string, publish: Publish): void;
  accepted(channel: string, publish: Publish): void;
  /** @param code Ably's */
  rejected(channel: string, code: number): Learned;
  /** Drops what is known of a channel that is idle and not limited. */
  forget(channel: string): void;
  /** Learned publishes a second, of the limited channels. */
  channelRates(): ReadonlyMap<string, number>;
  /** Learned messages a second of the account; Infinity while no limit is known. */
  accountRate(): number;
}

/** What a rejection taught. */
export interface Learned {
  readonly unit: 'publishes' | 'bytes' | 'messages of the account' | 'requests of the account';
  /** Units a second. */
  readonly rate: number;
}

/** Ably's code for too many messages a second of the whole account, in and out. */
const ACCOUNT_MESSAGES = 42_917;

/** Ably's code for too many REST requests a second of the whole account. */
const ACCOUNT_REQUESTS = 42_918;

/** Ably's code for too many bytes a second on a channel. */
const CHANNEL_BYTES = 42_914;

/** The rates from which each is learned, units a second. */
const LEAST = { publishes: 5, requests: 5, bytes: 16_384, messages: 10 };

/** Batches that a second has at least while messages or bytes are limited. */
const BATCHES = 4;

interface ChannelPaces {
  readonly publishes: Pace;
  readonly bytes: Pace;
}

export function createLimits(now = () => performance.now()): Limits {
  const account = {
    messages: createPace(LEAST.messages, now),
    requests: createPace(LEAST.requests, now),
  };
  const channels = new Map<string, ChannelPaces>();

  function paces(channel: string): ChannelPaces {
    let found = channels.get(channel);
    if (!found) {
      found = { publishes: createPace(LEAST.publishes, now), bytes: createPace(LEAST.bytes, now) };
      channels.set(channel, found);
    }
    return found;
  }

  function choosePace(channel: string, code: number): { unit: Learned['unit']; pace: Pace } {
    const own = paces(channel);
    switch (code) {
      case ACCOUNT_MESSAGES:
        return { unit: 'messages of the account', pace: account.messages };
      case ACCOUNT_REQUESTS:
        return { unit: 'requests of the account', pace: account.requests };
      case CHANNEL_BYTES:
        return { unit: 'bytes', pace: own.bytes };
      default:
        return { unit: 'publishes', pace: own.publishes };
    }
  }

  const isAccountLimited = () => Math.min(account.messages.rate(), account.requests.rate()) < Infinity;

  function isLimitedAlone(channel: string): boolean {
    const known = channels.get(channel);
    return known !== undefined && Math.min(known.publishes.rate(), known.bytes.rate()) < Infinity;
  }

  return {
    isLimited: (channel) => isAccountLimited() || isLimitedAlone(channel),
    delay(channel) {
      const known = channels.get(channel);
      const delays = [account.messages, account.requests, known?.publishes, known?.bytes].map(
        (pace) => pace?.delay() ?? 0,
      );
      return Math.max(...delays);
    },
    batchSize(channel) {
      return {
        rows: Math.max(1, Math.floor(account.messages.rate() / BATCHES)),
        bytes: Math.max(1, Math.floor((channels.get(channel)?.bytes.rate() ?? Infinity) / BATCHES)),
      };
    },
    spend(channel, { messages, bytes }) {
      const own = paces(channel);
      own.publishes.spend(1);
      own.bytes.spend(bytes);
      account.messages.spend(messages);
      account.requests.spend(1);
    },
    accepted(channel, { messages, bytes }) {
      const own = paces(channel);
      own.publishes.accepted(1);
      own.bytes.accepted(bytes);
      account.messages.accepted(messages);
      account.requests.accepted(1);
    },
    rejected(channel, code) {
      const { unit, pace } = choosePace(channel, code);
      pace.rejected();
      return { unit, rate: pace.rate() };
    },
    forget(channel) {
      if (!isLimitedAlone(channel)) channels.delete(channel);
    },
    channelRates() {
      const rates = [...channels].map(([channel, { publishes }]) => [channel, publishes.rate()] as const);
      return new Map(rates.filter(([, rate]) => rate < Infinity));
    },
    accountRate: () => account.messages.rate(),
  };
}
