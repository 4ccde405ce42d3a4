import { Rest } from 'ably';
import type { Config } from '../config/config.ts';
import { PublishFailed, PublishRefused, toError } from '../errors.ts';

/** The only file that imports ably. */
export interface Publisher {
  /** Ably's limit for one publish. */
  readonly mostBytes: number;
  /**
   * Publishes all messages in one request, in order, all or none. Safe to repeat: Ably drops what it already has under
   * the same ids, for two minutes at least.
   * @throws PublishRefused when one of them can never be accepted, PublishFailed when it is worth another try
   */
  publish(channel: string, messages: readonly OutgoingMessage[]): Promise<void>;
  /**
   * Asks Ably which of the channels the key may publish to.
   * @throws PublishFailed when Ably cannot be reached or does not know the key
   */
  findForbidden(channels: readonly string[]): Promise<string[]>;
}

export interface OutgoingMessage {
  readonly id: string;
  readonly name: string;
  readonly data?: string;
  readonly extras?: { readonly headers: Readonly<Record<string, unknown>> };
}

/** @param timeout how long one HTTP request may take, ms */
export function createAblyPublisher(
  { apiKey, maxMessageSize, ...where }: Config['ably'],
  timeout: number,
): Publisher {
  const rest = new Rest({
    key: apiKey,
    endpoint: where.endpoint,
    port: where.port,
    tlsPort: where.port,
    tls: where.tls ?? true,
    httpRequestTimeout: timeout,
    // Text data gains nothing from msgpack, and JSON is readable where somebody has to look.
    useBinaryProtocol: false,
    // Its log lines can quote requests; what we report is in the error.
    logLevel: 0,
  });
  return {
    mostBytes: maxMessageSize,

    async publish(channel, messages) {
      // The channel's own publish comes to the same request, by way of several objects for each message.
      const path = `/channels/${encodeURIComponent(channel)}/messages`;
      const body = JSON.stringify(messages);
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
          // Ably narrows a token to what its key may do, and refuses to make one that may do nothing.
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

/** Of Ably's REST protocol. */
const PROTOCOL_VERSION = 6;

const CAPABILITY_EMPTY = 40_160;

/** What the answer to a message that cannot be accepted looks like: bad, too large, or stopped by a rule of the channel. */
const REFUSING_STATUSES: ReadonlySet<number> = new Set([400, 413, 422]);

/** Answers with such a status that are about us and not about the message: credentials, client id, protocol version. */
const ABOUT_US: ReadonlySet<number> = new Set([40_005, 40_006, 40_012, 40_017]);

interface Failure {
  status: number;
  /** Ably's; 0 where there is none. */
  code: number;
  message: string;
}

function toPublishError(
  channel: string,
  { status, code, message }: Failure,
  cause?: unknown,
): PublishRefused | PublishFailed {
  // Without a code it is not Ably who answered, but something on the way.
  const isRefused = REFUSING_STATUSES.has(status) && code > 0 && !ABOUT_US.has(code);
  const Kind = isRefused ? PublishRefused : PublishFailed;
  return new Kind(channel, status, code, message, { cause });
}

function describe(thrown: unknown): Failure {
  const error = toError(thrown);
  const numberOf = (name: string) => Number(name in error ? error[name as keyof typeof error] : 0) || 0;
  return { status: numberOf('statusCode'), code: numberOf('code'), message: error.message };
}
