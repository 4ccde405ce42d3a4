import { Rest } from 'ably';
import type { Config } from './config.ts';
import { PublishFailed, toError } from './errors.ts';

/** The only file that imports ably. */
export interface Publisher {
  /**
   * Publishes all messages in one request, in order, all or none. Safe to repeat: Ably drops what it already has under
   * the same ids, for two minutes at least.
   * @throws PublishFailed
   */
  publish(channel: string, messages: readonly OutgoingMessage[]): Promise<void>;
}

export interface OutgoingMessage {
  readonly id: string;
  readonly name: string;
  readonly data?: string;
  readonly extras?: { readonly headers: Readonly<Record<string, unknown>> };
}

/** @param timeout how long one HTTP request may take, ms */
export function createAblyPublisher({ apiKey, ...where }: Config['ably'], timeout: number): Publisher {
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
    async publish(channel, messages) {
      try {
        await rest.channels.get(channel).publish(messages.map((message) => ({ ...message })));
      } catch (thrown) {
        throw toPublishFailed(channel, thrown);
      } finally {
        // Channel objects are kept for ever otherwise, and an outbox may name a new channel in every row.
        rest.channels.release(channel);
      }
    },
  };
}

function toPublishFailed(channel: string, thrown: unknown): PublishFailed {
  const error = toError(thrown);
  const status = 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : 0;
  const code = 'code' in error && typeof error.code === 'number' ? error.code : 0;
  return new PublishFailed(channel, status, code, error.message, { cause: thrown });
}
