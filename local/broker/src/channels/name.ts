import { Code, WireError } from '../errors.ts';
import { limits } from '../limits.ts';

export interface ChannelName {
  /** Byte for byte as the client wrote it: the only string by which it knows the channel. */
  requested: string;
  /** Where messages, presence and history belong; also what capabilities are checked for. */
  base: string;
  /** From a qualifier such as `[?rewind=2m]`. */
  params: Record<string, string>;
}

const QUALIFIED = /^\[([^\]?]*)(?:\?([^\]]*))?\](.+)$/s;

/** `[meta]log` and `[queue]jobs` are channels of their own, not views of `log` and `jobs`. */
const NAMESPACED_QUALIFIERS = new Set(['meta', 'queue']);

/** @throws WireError 40010 */
export function parseChannelName(requested: string): ChannelName {
  const [, qualifier = '', query = '', rest] = QUALIFIED.exec(requested) ?? [];
  const plain = rest ?? requested;
  const isKnown = qualifier === '' || NAMESPACED_QUALIFIERS.has(qualifier);
  if (!isKnown || !isPlainName(plain) || requested.length > limits.channelNameLength) {
    throw new WireError(
      Code.badChannelName,
      `Invalid channel name ${JSON.stringify(requested.slice(0, 100))}: it must not be empty, begin with ":", ",", a space or an unknown [qualifier], or hold a newline`,
    );
  }
  return {
    requested,
    base: qualifier ? `[${qualifier}]${plain}` : plain,
    params: Object.fromEntries(new URLSearchParams(query)),
  };
}

const isPlainName = (name: string) => /^[^:,\s[][^\n\r]*$/.test(name);
