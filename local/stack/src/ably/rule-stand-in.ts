import type { Log } from '@chat/processes';
import { quote } from '@chat/contract';
import { Realtime, type ChannelStateChange, type InboundMessage, type RealtimeChannel } from 'ably';
import { setTimeout as delay } from 'node:timers/promises';
import type { AblyAccount } from './account.ts';
import { toEnvelopedMessage } from './enveloped-message.ts';
import type { Deliver } from './rule.ts';

export interface StandInOptions {
  account: AblyAccount;
  /** The channel's name. */
  channel: string;
  deliver: Deliver;
  log: Log;
  /** Aborts the start. */
  signal?: AbortSignal | undefined;
}

/** Ably's library itself retries without end. */
const ATTACH_LIMIT_MS = 15_000;

/** Ably keeps messages for two minutes. */
const RETENTION_MS = 120_000;

/** Between two attempts to attach again. */
const REATTACH_DELAY_MS = 1_000;

/** "Unable to decode": Ably's library attaches again where it was, and meets the same message. */
const DECODING_FAILED = 40018;

/** Between two attempts to read history. */
const HISTORY_RETRY_MS = 2_000;

interface Recent {
  channel: RealtimeChannel;
  deliver(message: InboundMessage): void;
  log: Log;
  isClosed(): boolean;
}

export interface RuleStandIn {
  close(): Promise<void>;
}

/**
 * Replaces the rule of a real Ably app, which cannot reach this machine: subscribes to the channel
 * and delivers each message in the rule's envelope. After every interruption, and at the start, it
 * delivers the last two minutes from history; the function ignores messages that it has stored.
 *
 * A message that Ably's library cannot decode ends the subscription, and anyone may publish one. The
 * stand-in then attaches again behind it: history, unlike a subscription, returns such a message.
 * @throws Error with Ably's reason when the channel cannot be attached
 */
export async function subscribeInPlaceOfRule(options: StandInOptions): Promise<RuleStandIn> {
  const { channel: channelName, log, signal } = options;
  const client = createClient(options);
  const channel = client.channels.get(channelName);
  const deliver = deliverer(options);
  let isClosed = false;
  const recent: Recent = { channel, deliver, log, isClosed: () => isClosed };
  channel.on(['attached', 'update'], ({ resumed }: ChannelStateChange) => {
    if (!resumed) void deliverRecent(recent);
  });
  try {
    await Promise.race([channel.subscribe(deliver), attachTimeout(signal)]);
  } catch (cause) {
    isClosed = true;
    client.close();
    signal?.throwIfAborted();
    throw new Error(
      `Could not subscribe to "${channelName}" at Ably: ${(cause as Error).message}. Check that this machine can ` +
        'reach Ably, and that ABLY_API_KEY may subscribe to this channel.',
      { cause },
    );
  }
  reattach(recent);
  return {
    async close() {
      isClosed = true;
      client.close();
      await client.connection.whenState('closed');
    },
  };
}

function createClient({ account: { key, endpoint, port, tls = true }, log }: StandInOptions): Realtime {
  return new Realtime({
    key,
    ...(endpoint && { endpoint }),
    ...(port && { port, tlsPort: port }),
    tls,
    // The envelope contains data as JSON carries it.
    useBinaryProtocol: false,
    logLevel: 1,
    // It quotes parts of messages, such as an unknown encoding.
    logHandler: (line: string) => log('ably', quote(line)),
  });
}

function deliverer({ account: { key }, channel, deliver, log }: StandInOptions) {
  const appId = key.slice(0, key.indexOf('.'));
  return (message: InboundMessage): void => {
    const messages = [toEnvelopedMessage(message)];
    const envelope = { source: 'channel.message' as const, appId, channel, ruleId: 'local', messages };
    deliver(envelope).catch((error: unknown) =>
      log('rule', `lost message ${quote(message.id ?? '')}: ${quote(String(error))}`),
    );
  };
}

/**
 * Delivers the messages of the last two minutes. Repeats a failed attempt for as long as Ably still
 * has them.
 */
async function deliverRecent({ channel, deliver, log, isClosed }: Recent): Promise<void> {
  const start = Date.now() - RETENTION_MS;
  while (!isClosed()) {
    try {
      let page = await channel.history({ start, direction: 'forwards', limit: 1_000 });
      for (;;) {
        page.items.forEach(deliver);
        const next = page.hasNext() ? await page.next() : null;
        if (!next) return;
        page = next;
      }
    } catch (error) {
      if (isClosed()) return;
      log('rule', `could not read the messages of the last two minutes: ${quote(String(error))}`);
      if (Date.now() > start + 2 * RETENTION_MS) return;
      await delay(HISTORY_RETRY_MS, undefined, { ref: false });
    }
  }
}

/** Attaches again, after a delay, whenever the subscription is lost for good. */
function reattach(recent: Recent): void {
  const { channel, log, isClosed } = recent;
  let timer: NodeJS.Timeout | undefined;

  async function recover(): Promise<void> {
    timer = undefined;
    if (isClosed()) return;
    try {
      // Forgets the position, so that the channel is attached behind the message.
      if (channel.state !== 'failed') await channel.detach();
      // The server did not notice the failure, and may claim that nothing was missed.
      const change = await channel.attach();
      if (change?.resumed !== false) void deliverRecent(recent);
    } catch (error) {
      if (isClosed()) return; // closing the client rejects a pending attachment
      log('rule', `could not attach to the channel again: ${quote(String(error))}`);
      schedule();
    }
  }
  function schedule(): void {
    timer ??= setTimeout(() => void recover(), REATTACH_DELAY_MS).unref();
  }
  const onChange = ({ current, reason }: ChannelStateChange): void => {
    if (isClosed()) return;
    if (current !== 'failed' && reason?.code !== DECODING_FAILED) return;
    if (timer === undefined)
      log('rule', `lost its subscription and attaches again: ${quote(String(reason))}`);
    schedule();
  };
  channel.on(['failed', 'attaching'], onChange);
}

function attachTimeout(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_resolve, reject) => {
    const error = new Error(`no answer within ${ATTACH_LIMIT_MS / 1_000} s`);
    setTimeout(() => reject(error), ATTACH_LIMIT_MS).unref();
    signal?.addEventListener('abort', () => reject(error), { once: true });
  });
}
