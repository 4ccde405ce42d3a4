import type { Log } from '@chat/processes';
import { Realtime, type InboundMessage } from 'ably';
import type { AblyAccount } from './account.ts';
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

export interface RuleStandIn {
  close(): Promise<void>;
}

/**
 * Replaces the rule of a real Ably app, which cannot reach this machine: subscribes to the channel
 * and delivers each message in the rule's envelope. Each start rewinds two minutes; the function
 * ignores messages that it has stored.
 * @throws Error with Ably's reason when the channel cannot be attached
 */
export async function subscribeInPlaceOfRule(options: StandInOptions): Promise<RuleStandIn> {
  const { account, channel: channelName, deliver, log, signal } = options;
  const { key, endpoint, port, tls = true } = account;
  const where = { ...(endpoint && { endpoint }), ...(port && { port, tlsPort: port }) };
  const client = new Realtime({
    key,
    ...where,
    tls,
    logLevel: 1,
    logHandler: (line: string) => log('ably', line),
  });
  const appId = key.slice(0, key.indexOf('.'));
  const channel = client.channels.get(channelName, { params: { rewind: '2m' } });
  try {
    const attached = channel.subscribe((message) => {
      const messages = [toEnvelopedMessage(message)];
      const envelope = {
        source: 'channel.message' as const,
        appId,
        channel: channelName,
        ruleId: 'local',
        messages,
      };
      deliver(envelope).catch((error: unknown) =>
        log('rule', `lost message ${message.id}: ${String(error)}`),
      );
    });
    await Promise.race([attached, attachTimeout(signal)]);
  } catch (cause) {
    client.close();
    signal?.throwIfAborted();
    throw new Error(
      `Could not subscribe to "${channelName}" at Ably: ${(cause as Error).message}. Check that this machine can ` +
        'reach Ably, and that ABLY_API_KEY may subscribe to this channel.',
      { cause },
    );
  }
  return {
    async close() {
      client.close();
      await client.connection.whenState('closed');
    },
  };
}

function attachTimeout(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_resolve, reject) => {
    const error = new Error(`no answer within ${ATTACH_LIMIT_MS / 1_000} s`);
    setTimeout(() => reject(error), ATTACH_LIMIT_MS).unref();
    signal?.addEventListener('abort', () => reject(error), { once: true });
  });
}

/** The library decodes data; the envelope contains it as it is on the wire. */
function toEnvelopedMessage({
  id,
  name,
  clientId,
  connectionId,
  timestamp,
  data,
  extras,
}: InboundMessage): object {
  return { id, name, clientId, connectionId, timestamp, extras, ...encode(data as unknown) };
}

function encode(data: unknown): { data?: unknown; encoding?: string } {
  if (data === undefined || data === null) return {};
  if (typeof data === 'string') return { data };
  if (data instanceof Uint8Array) return { data: Buffer.from(data).toString('base64'), encoding: 'base64' };
  return { data: JSON.stringify(data), encoding: 'json' };
}
