import type { AblyEnvelope } from '@chat/contract';
import type { Numbered } from '@chat/journal';
import type { Entry, MessageEntry, PresenceEntry } from '../channels/entry.ts';
import { toWireError } from '../errors.ts';
import type { Log } from '../log.ts';
import { fromPayload } from '../protocol/data.ts';
import type { Timing } from '../timing.ts';
import type { DeliveryJournal, JournaledDelivery } from './delivery-journal.ts';
import { DeliveryQueue } from './delivery-queue.ts';

type Envelope = JournaledDelivery['envelope'];

/** The payload of a presence rule: enters, updates and leaves, with their actions' wire numbers. */
export interface PresenceEnvelope extends Omit<AblyEnvelope, 'source' | 'messages'> {
  source: 'channel.presence';
  presence: object[];
}

interface AnyRule {
  /** A regular expression, searched in the channel name; empty matches every channel. */
  channelFilter: string;
  /** For tests: delays each delivery by a random time of up to this many ms, as Ably may. */
  reorderWithin?: number;
  /** For tests: the share (0 to 1) of deliveries to repeat, as Ably may. */
  duplicateShare?: number;
}

/** A rejected promise of `deliver` is a failed delivery, which is retried with back-off. */
export type RuleOptions = AnyRule &
  (
    | { source?: 'channel.message'; deliver(envelope: AblyEnvelope): Promise<void> }
    | { source: 'channel.presence'; deliver(envelope: PresenceEnvelope): Promise<void> }
  );

export interface RulesOptions {
  appId: string;
  rules: readonly RuleOptions[];
  journal: Pick<DeliveryJournal, 'add' | 'finish'> | undefined;
  timing: Timing;
  log: Log;
}

interface Rule {
  id: string;
  kind: Entry['kind'];
  filter: RegExp;
  queue: DeliveryQueue<Envelope>;
}

/** The integration rules of an app. Each entry of a matching channel is delivered at least once. */
export class Rules {
  readonly #options: RulesOptions;
  readonly #rules: Rule[];

  constructor(options: RulesOptions) {
    this.#options = options;
    this.#rules = options.rules.map((rule, index) => toRule(rule, `rule${index + 1}`, options));
  }

  /**
   * Queues a delivery for each matching rule.
   * @throws WireError 42925 if a queue is full for a message; no rule receives it then
   */
  forward(channel: string, entry: Entry): void {
    const { appId, journal, log } = this.#options;
    const rules = this.#rules.filter(({ kind, filter }) => kind === entry.kind && filter.test(channel));
    try {
      for (const { queue } of rules) queue.ensureRoom();
    } catch (error) {
      if (entry.kind === 'message') throw error;
      // A leave cannot be rejected: there may be no client left to receive a NACK.
      return log('error', 'rule.dropped', { channel, error: toWireError(error).message });
    }
    for (const { id, queue } of rules) {
      const envelope = { ...contentOf(entry), appId, channel, site: 'local', ruleId: id };
      queue.add(envelope, journal?.add({ rule: id, envelope }));
    }
  }

  /**
   * Queues a delivery that an earlier run of the broker did not finish.
   * @returns false if its rule no longer exists
   */
  resume({ n, rule, envelope }: Numbered<JournaledDelivery>): boolean {
    const found = this.#rules.find(({ id }) => id === rule);
    found?.queue.add(envelope, n);
    return found !== undefined;
  }

  /** @param timeout ms */
  async close(timeout: number): Promise<void> {
    await Promise.all(this.#rules.map(({ queue }) => queue.close(timeout)));
  }
}

function toRule(rule: RuleOptions, id: string, { journal, timing, log }: RulesOptions): Rule {
  const { channelFilter, source = 'channel.message', reorderWithin = 0, duplicateShare = 0 } = rule;
  const queue = new DeliveryQueue({
    id,
    // `kind` ensures that the rule receives only envelopes of its source.
    deliver: rule.deliver as (envelope: Envelope) => Promise<void>,
    onDelivered: (journalEntry) => journalEntry !== undefined && journal?.finish(journalEntry),
    isJournaled: journal !== undefined,
    reorderWithin,
    duplicateShare,
    timing,
    log,
  });
  const kind = source === 'channel.presence' ? 'presence' : 'message';
  return { id, kind, filter: new RegExp(channelFilter), queue };
}

function contentOf(
  entry: Entry,
): Pick<AblyEnvelope, 'source' | 'messages'> | Pick<PresenceEnvelope, 'source' | 'presence'> {
  return entry.kind === 'message'
    ? { source: 'channel.message', messages: entry.items.map(toEnvelopedMessage) }
    : { source: 'channel.presence', presence: entry.items.map(toEnvelopedMember) };
}

function toEnvelopedMessage(message: MessageEntry['items'][number]): object {
  const { id, name, clientId, connectionId, timestamp, extras } = message;
  return withoutAbsent({ id, name, clientId, connectionId, timestamp, ...payloadOf(message), extras });
}

function toEnvelopedMember(item: PresenceEntry['items'][number]): object {
  const { id, clientId, connectionId, timestamp, action, extras } = item;
  return withoutAbsent({ id, clientId, connectionId, timestamp, ...payloadOf(item), action, extras });
}

/** As in Ably's JSON envelope: data is never parsed, bytes are base64. */
const payloadOf = (item: Entry['items'][number]) => fromPayload(item, 'json');

const withoutAbsent = (fields: object) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
