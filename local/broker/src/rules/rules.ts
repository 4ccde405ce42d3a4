import type { AblyEnvelope } from '@chat/contract';
import { fromPayload } from '../protocol/data.ts';
import type { MessageEntry } from '../channels/entry.ts';
import { limits } from '../limits.ts';
import type { Log } from '../log.ts';
import type { Timing } from '../timing.ts';
import { DeliveryQueue } from './delivery-queue.ts';

export interface RuleOptions {
  /** A regular expression, searched in the channel's name; empty matches every channel. */
  channelFilter: string;
  /** A rejected promise means not delivered: it is tried again with back-off. */
  deliver(envelope: AblyEnvelope): Promise<void>;
}

interface Rule {
  id: string;
  filter: RegExp;
  queue: DeliveryQueue;
}

/** The integration rules of an app: each publish on a matching channel is one delivery, at least once. */
export class Rules {
  readonly #rules: Rule[];

  constructor(options: readonly RuleOptions[], timing: Timing, log: Log) {
    this.#rules = options.map(({ channelFilter, deliver }, index) => {
      const id = `rule${index + 1}`;
      const queue = new DeliveryQueue({
        id,
        deliver,
        log,
        concurrency: limits.ruleConcurrency,
        capacity: limits.ruleQueueLength,
        firstDelay: timing.ruleRetryFirst,
        largestDelay: timing.ruleRetryLargest,
      });
      return { id, filter: new RegExp(channelFilter), queue };
    });
  }

  onMessages(appId: string, channel: string, entry: MessageEntry): void {
    for (const { id: ruleId, filter, queue } of this.#rules) {
      if (!filter.test(channel)) continue;
      queue.add({
        source: 'channel.message',
        appId,
        channel,
        site: 'local',
        ruleId,
        messages: entry.items.map(toEnvelopedMessage),
      });
    }
  }

  /** Waits for deliveries in progress, at most so many ms, and gives up the rest. */
  async close(patience: number): Promise<void> {
    await Promise.all(this.#rules.map(({ queue }) => queue.close(patience)));
  }
}

/** As Ably's JSON envelope shows a message: data is never parsed, bytes are base64, what is absent has no key. */
function toEnvelopedMessage(message: MessageEntry['items'][number]): object {
  const { id, name, clientId, connectionId, timestamp, extras } = message;
  const { data, encoding } = fromPayload(message, 'json');
  const fields = { id, name, clientId, connectionId, timestamp, encoding, data, extras };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
