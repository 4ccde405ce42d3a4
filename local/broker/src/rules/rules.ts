import type { AblyEnvelope } from '@chat/contract';
import type { Numbered } from '@chat/journal';
import type { Entry, MessageEntry, PresenceEntry } from '../channels/entry.ts';
import { Code, toWireError, WireError } from '../errors.ts';
import type { Log } from '../log.ts';
import { Account } from '../plan/account.ts';
import { fromPayload } from '../protocol/data.ts';
import { skipsRule } from '../protocol/extras.ts';
import type { Timing } from '../timing.ts';
import type { DeliveryJournal, JournaledDelivery } from './delivery-journal.ts';
import { DeliveryQueue } from './delivery-queue.ts';
import { Invocations } from './invocations.ts';

type Envelope = JournaledDelivery['envelope'];

/** In ms: how far a rule under a plan reorders, because Ably preserves no order. Assumed. */
const USUAL_REORDERING = 20;

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
  /** For tests: the share (0 to 1) of deliveries to lose, as Ably may. */
  lossShare?: number;
}

/** A rejected promise of `deliver` is a failed delivery, which is retried. */
export type RuleOptions = AnyRule &
  (
    | { source?: 'channel.message'; deliver(envelope: AblyEnvelope): Promise<void> }
    | { source: 'channel.presence'; deliver(envelope: PresenceEnvelope): Promise<void> }
  );

export interface RulesOptions {
  appId: string;
  rules: readonly RuleOptions[];
  /** With a journal, rules lose nothing, whatever the plan. */
  journal: Pick<DeliveryJournal, 'add' | 'finish'> | undefined;
  /** Default: one without limits, whose rules lose nothing. */
  account?: Account;
  /** Called for each delivery that is lost. */
  onLost?: (loss: Loss) => void;
  timing: Timing;
  log: Log;
}

/** A delivery that will never happen, although its publish was acknowledged. */
export interface Loss {
  rule: string;
  channel: string;
  /** Of the messages. */
  ids: string[];
  reason: WireError;
}

interface Rule {
  id: string;
  lossShare: number;
  kind: Entry['kind'];
  filter: RegExp;
  queue: DeliveryQueue<Envelope> | Invocations<Envelope>;
}

/**
 * The integration rules of an app. Without a plan, or with a journal, each entry of a matching
 * channel is delivered at least once. Otherwise entries are lost as Ably documents.
 */
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
    if (channel.startsWith('[meta]')) return; // the broker's own messages, also those on losses
    const { appId, journal, log } = this.#options;
    const rules = this.#rules.filter(
      ({ id, kind, filter }) => kind === entry.kind && filter.test(channel) && !isSkipped(entry, id),
    );
    try {
      for (const { queue } of rules) queue.ensureRoom();
    } catch (error) {
      if (entry.kind === 'message') throw error;
      // A leave cannot be rejected: there may be no client left to receive a NACK.
      return log('error', 'rule.dropped', { channel, error: toWireError(error).message });
    }
    for (const { id, queue, lossShare } of rules) {
      const envelope = { ...contentOf(entry, id), appId, channel, site: 'local', ruleId: id };
      const reason = this.#reasonToLose(lossShare);
      if (reason) lose(this.#options, id, envelope, reason);
      else queue.add(envelope, journal?.add({ rule: id, envelope }));
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

  #reasonToLose(lossShare: number): WireError | undefined {
    const { account } = this.#options;
    if (Math.random() < lossShare) {
      return new WireError(Code.integrationFailed, `Lost on purpose, as a share of ${lossShare} is`);
    }
    if (isGentle(this.#options) || account?.admitsInvocation() !== false) return undefined;
    return account.exceeded('invocations', 'account');
  }

  /** @param timeout ms */
  async close(timeout: number): Promise<void> {
    await Promise.all(this.#rules.map(({ queue }) => queue.close(timeout)));
  }
}

function toRule(rule: RuleOptions, id: string, options: RulesOptions): Rule {
  const { channelFilter, source = 'channel.message', lossShare = 0 } = rule;
  const queue = isGentle(options) ? toQueue(rule, id, options) : toInvocations(rule, id, options);
  const kind = source === 'channel.presence' ? 'presence' : 'message';
  return { id, kind, filter: new RegExp(channelFilter), queue, lossShare };
}

/** Whether rules lose nothing. */
function isGentle({ journal, account }: RulesOptions): boolean {
  return journal !== undefined || (account?.plan.invocationsInFlight ?? Infinity) === Infinity;
}

/** `kind` ensures that the rule receives only envelopes of its source. */
type Deliver = (envelope: Envelope) => Promise<void>;

function toQueue(rule: RuleOptions, id: string, { journal, timing, log }: RulesOptions) {
  const { reorderWithin = 0, duplicateShare = 0 } = rule;
  const onDelivered = (entry: number | undefined) => entry !== undefined && journal?.finish(entry);
  const isJournaled = journal !== undefined;
  const deliver = rule.deliver as Deliver;
  return new DeliveryQueue({
    id,
    deliver,
    onDelivered,
    isJournaled,
    reorderWithin,
    duplicateShare,
    timing,
    log,
  });
}

function toInvocations(rule: RuleOptions, id: string, options: RulesOptions) {
  const { account = Account.unlimited(), timing, log } = options;
  const { reorderWithin = USUAL_REORDERING, duplicateShare = 0 } = rule;
  const onLost = (envelope: Envelope, reason: WireError) => lose(options, id, envelope, reason);
  const deliver = rule.deliver as Deliver;
  return new Invocations({ id, deliver, onLost, reorderWithin, duplicateShare, account, timing, log });
}

function lose({ log, onLost }: RulesOptions, rule: string, envelope: Envelope, reason: WireError): void {
  const { channel, messages, presence } = envelope as Partial<AblyEnvelope & PresenceEnvelope>;
  const ids = ((messages ?? presence ?? []) as { id: string }[]).map(({ id }) => id);
  log('warn', 'rule.lost', { rule, channel, ids, code: reason.code, reason: reason.message });
  onLost?.({ rule, channel: channel ?? '', ids, reason });
}

/** Publishers exclude messages from rules by `extras.ephemeral` and `extras.privileged.skipRule`. */
function isSkipped(entry: Entry, ruleId: string): boolean {
  if (entry.kind === 'presence') return false;
  return entry.isEphemeral === true || entry.items.every(({ extras }) => skipsRule(extras, ruleId));
}

function contentOf(
  entry: Entry,
  ruleId: string,
): Pick<AblyEnvelope, 'source' | 'messages'> | Pick<PresenceEnvelope, 'source' | 'presence'> {
  if (entry.kind === 'presence') {
    return { source: 'channel.presence', presence: entry.items.map(toEnvelopedMember) };
  }
  const messages = entry.items.filter(({ extras }) => !skipsRule(extras, ruleId));
  return { source: 'channel.message', messages: messages.map(toEnvelopedMessage) };
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
