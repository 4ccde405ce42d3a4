import * as Ably from 'ably';

export const KEY = 'app1.key1:not-a-secret';
export const FORMATS = ['json', 'msgpack'] as const;
export type WireFormat = (typeof FORMATS)[number];

/** A broker, a relay to one, or anything else on a loopback port. */
export interface Endpoint {
  port: number;
}

export function clientOptions({ port }: Endpoint, format: WireFormat = 'json'): Ably.ClientOptions {
  const useBinaryProtocol = format === 'msgpack';
  return { key: KEY, endpoint: '127.0.0.1', port, tls: false, useBinaryProtocol, logLevel: 0 };
}

/** Returns `clientOptions` with `options`, whose credentials replace the key. */
export function withCredentials(
  at: Endpoint,
  options: Ably.ClientOptions,
  format?: WireFormat,
): Ably.ClientOptions {
  const { key, ...rest } = clientOptions(at, format);
  const hasToken = ['token', 'tokenDetails', 'authCallback'].some((name) => name in options);
  return { ...rest, ...(!hasToken && { key }), ...options } as Ably.ClientOptions;
}

/** An unmodified REST client. */
export function restClient(at: Endpoint, options: Ably.ClientOptions = {}, format?: WireFormat): Ably.Rest {
  return new Ably.Rest(withCredentials(at, options, format));
}

export async function requestToken(at: Endpoint, params: Ably.TokenParams = {}): Promise<Ably.TokenDetails> {
  return restClient(at).auth.requestToken(params);
}

/** Waits until a condition holds; fails by the test's timeout. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** Attaches to a channel and collects the messages that it delivers. */
export async function collect(channel: Ably.RealtimeChannel): Promise<Ably.InboundMessage[]> {
  const messages: Ably.InboundMessage[] = [];
  await channel.subscribe((message) => messages.push(message));
  return messages;
}

/** Returns the error of a rejected promise; throws if the promise resolves. */
export async function rejection(promise: Promise<unknown>): Promise<Ably.ErrorInfo> {
  try {
    await promise;
  } catch (error) {
    return error as Ably.ErrorInfo;
  }
  throw new Error('The promise resolved, but should have been rejected');
}
