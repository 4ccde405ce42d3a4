import type { AblyEnvelope } from '@chat/contract';
import type { Journal, Promised } from '@chat/journal';
import type { Entry, MessageEntry, PresenceEntry } from '../channels/entry.ts';
import { toWireError } from '../errors.ts';
import type { Log } from '../log.ts';
import { fromPayload } from '../protocol/data.ts';
import type { Timing } from '../timing.ts';
import { DeliveryQueue } from './delivery-queue.ts';
import type { PromisedDelivery } from './promised.ts';

type Envelope = PromisedDelivery['envelope'];

/** What a rule for presence delivers: enters, updates and leaves, with the wire numbers of their actions. */
export interface PresenceEnvelope extends Omit<AblyEnvelope, 'source' | 'messages'> {
  source: 'channel.presence';
  presence: object[];
}

interface AnyRule {
  /** A regular expression, searched in the channel's name; empty matches every channel. */
  channelFilter: string;
  /** Test switch: each delivery is delayed by a random time up to so many ms, which reorders them, as Ably may. */
  reorderWithin?: number;
  /** Test switch: the share (0 to 1) of deliveries that are made twice, as Ably may. */
  duplicateShare?: number;
}

/** `deliver`: a rejected promise means not delivered; it is tried again with back-off. */
export type RuleOptions = AnyRule &
  (
    | { source?: 'channel.message'; deliver(envelope: AblyEnvelope): Promise<void> }
    | { source: 'channel.presence'; deliver(envelope: PresenceEnvelope): Promise<void> }
  );

export interface RulesOptions {
  appId: string;
  rules: readonly RuleOptions[];
  journal: Journal<PromisedDelivery> | undefined;
  timing: Timing;
  log: Log;
}

interface Rule {
  id: string;
  kind: Entry['kind'];
  filter: RegExp;
  queue: DeliveryQueue<Envelope>;
}

/** The integration rules of an app: each entry of a matching channel is one delivery, at least once. */
export class Rules {
  readonly #options: RulesOptions;
  readonly #rules: Rule[];

  constructor(options: RulesOptions) {
    this.#options = options;
    this.#rules = options.rules.map((rule, index) => toRule(rule, `rule${index + 1}`, options));
  }

  /** @throws WireError 42925 when a rule for messages cannot take more; none has taken this one then */
  forward(channel: string, entry: Entry): void {
    const { appId, journal, log } = this.#options;
    const rules = this.#rules.filter(({ kind, filter }) => kind === entry.kind && filter.test(channel));
    try {
      for (const { queue } of rules) queue.ensureRoom();
    } catch (error) {
      if (entry.kind === 'message') throw error;
      // Nobody could be told that a member may not leave.
      return log('error', 'rule.dropped', { channel, error: toWireError(error).message });
    }
    for (const { id, queue } of rules) {
      const envelope = { ...contentOf(entry), appId, channel, site: 'local', ruleId: id };
      queue.add(envelope, journal?.promise({ rule: id, envelope }));
    }
  }

  /**
   * Takes up a delivery that an earlier run of the broker had promised.
   * @returns whether that rule still exists
   */
  resume({ n, rule, envelope }: Promised<PromisedDelivery>): boolean {
    const found = this.#rules.find(({ id }) => id === rule);
    found?.queue.add(envelope, n);
    return found !== undefined;
  }

  /** Waits for deliveries in progress, at most so many ms. */
  async close(patience: number): Promise<void> {
    await Promise.all(this.#rules.map(({ queue }) => queue.close(patience)));
  }
}

function toRule(rule: RuleOptions, id: string, { journal, timing, log }: RulesOptions): Rule {
  const { channelFilter, source = 'channel.message', reorderWithin = 0, duplicateShare = 0 } = rule;
  const queue = new DeliveryQueue({
    id,
    // The kind of the rule decides which envelopes it gets.
    deliver: rule.deliver as (envelope: Envelope) => Promise<void>,
    onDelivered: (journalEntry) => journalEntry !== undefined && journal?.fulfil(journalEntry),
    isKept: journal !== undefined,
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

/** As Ably's JSON envelope shows it: data is never parsed, bytes are base64. */
const payloadOf = (item: Entry['items'][number]) => fromPayload(item, 'json');

const withoutAbsent = (fields: object) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
