import { Rest } from 'ably';
import type { Config } from '../config/config.ts';
import { PublishFailed, PublishRejected, toError } from '../errors.ts';
import type { RowChangeMessage } from './row-change-message.ts';

/** The connection to Ably. Only this file imports ably. */
export interface Publisher {
  /** Ably's limit for one publish. */
  readonly mostBytes: number;
  /**
   * Publishes all messages in one request, in order, all or none. Safe to repeat: Ably discards
   * repeated ids for at least two minutes.
   * @throws PublishRejected when Ably permanently rejects one of them
   * @throws PublishFailed when a retry may succeed
   */
  publish(channel: string, messages: readonly RowChangeMessage[]): Promise<void>;
  /**
   * Returns the channels to which the key may not publish.
   * @throws PublishFailed when Ably is unreachable or rejects the key
   */
  findForbidden(channels: readonly string[]): Promise<string[]>;
}

/** @param timeout how long one HTTP request may take, ms */
export function createAblyPublisher(
  { apiKey, maxMessageSize, ...address }: Config['ably'],
  timeout: number,
): Publisher {
  const rest = new Rest({
    key: apiKey,
    endpoint: address.endpoint,
    port: address.port,
    tlsPort: address.port,
    tls: address.tls ?? true,
    httpRequestTimeout: timeout,
    // Text data gains nothing from msgpack, and JSON is readable in a trace.
    useBinaryProtocol: false,
    // The client's log lines may quote requests; our errors carry what we report.
    logLevel: 0,
  });
  return {
    mostBytes: maxMessageSize,

    async publish(channel, messages) {
      // The channel's own publish() sends the same request, but makes several objects per message.
      const path = `/channels/${encodeURIComponent(channel)}/messages`;
      const body = encode(channel, messages);
      const answer = await rest.request('POST', path, PROTOCOL_VERSION, {}, body).catch((thrown: unknown) => {
        throw toPublishError(channel, describe(thrown), thrown);
      });
      if (answer.success) return;
      const { statusCode: status, errorCode, errorMessage: message } = answer;
      throw toPublishError(channel, { status, code: Number(errorCode) || 0, message });
    },

    async findForbidden(channels) {
      const forbidden: string[] = [];
      for (const channel of channels) {
        try {
          // Ably narrows a token to the key's rights, and rejects a token without any.
          await rest.auth.requestToken({ capability: { [channel]: ['publish'] }, ttl: 1_000 });
        } catch (thrown) {
          const { status, code, message } = describe(thrown);
          if (code !== CAPABILITY_EMPTY)
            throw new PublishFailed(channel, status, code, message, { cause: thrown });
          forbidden.push(channel);
        }
      }
      return forbidden;
    },
  };
}

/** @throws PublishRejected for headers that PostgreSQL accepts and JSON.stringify does not: too deep */
function encode(channel: string, messages: readonly RowChangeMessage[]): string {
  try {
    return JSON.stringify(messages);
  } catch (thrown) {
    const { message } = toError(thrown);
    const reason = `The message cannot be encoded: ${message}`;
    throw new PublishRejected(channel, 0, BAD_REQUEST, reason, { cause: thrown });
  }
}

/** Of Ably's REST protocol. */
const PROTOCOL_VERSION = 6;

const CAPABILITY_EMPTY = 40_160;

/** Ably's code for a request that it could not read. */
const BAD_REQUEST = 40_000;

/**
 * Statuses that set a message aside: it is malformed, too large, or stopped by a rule of the
 * channel.
 */
const REJECTING_STATUSES: ReadonlySet<number> = new Set([400, 413, 422]);

/**
 * Codes with such a status that concern the connector instead: credentials, client id, protocol
 * version.
 */
const CODES_ABOUT_CONNECTOR: ReadonlySet<number> = new Set([40_005, 40_006, 40_012, 40_017]);

interface Failure {
  status: number;
  /** Ably's; 0 if absent. */
  code: number;
  message: string;
}

function toPublishError(
  channel: string,
  { status, code, message }: Failure,
  cause?: unknown,
): PublishRejected | PublishFailed {
  // An answer without a code comes from an intermediary, not from Ably.
  const isRejected = REJECTING_STATUSES.has(status) && code > 0 && !CODES_ABOUT_CONNECTOR.has(code);
  const Kind = isRejected ? PublishRejected : PublishFailed;
  return new Kind(channel, status, code, message, { cause });
}

function describe(thrown: unknown): Failure {
  const error = toError(thrown);
  const numberOf = (name: string) => Number(name in error ? error[name as keyof typeof error] : 0) || 0;
  return { status: numberOf('statusCode'), code: numberOf('code'), message: error.message };
}
