import { Code, WireError } from '../errors.ts';
import { limits } from '../limits.ts';

export interface ChannelName {
  /** Exactly as the client wrote it: frames must name the channel this way. */
  requested: string;
  /** The name without params: identifies the channel and is matched against capabilities. */
  base: string;
  /** Of a qualifier such as `[?rewind=2m]`. */
  params: Record<string, string>;
}

const QUALIFIED = /^\[([^\]?]*)(?:\?([^\]]*))?\](.+)$/s;

/** `[meta]log` and `[queue]jobs` are separate channels, not views of `log` and `jobs`. */
const NAMESPACED_QUALIFIERS = new Set(['meta', 'queue']);

/** @throws WireError 40010 */
export function parseChannelName(requested: string): ChannelName {
  const [, qualifier = '', query = '', rest] = QUALIFIED.exec(requested) ?? [];
  const plain = rest ?? requested;
  const isSupported = qualifier === '' || NAMESPACED_QUALIFIERS.has(qualifier);
  if (!isSupported || !isPlainName(plain) || requested.length > limits.channelNameLength) {
    throw new WireError(
      Code.badChannelName,
      `Invalid channel name ${JSON.stringify(requested.slice(0, 100))}: it must not be empty, contain a newline, ` +
        'or start with ":", ",", a space or an unknown [qualifier]',
    );
  }
  return {
    requested,
    base: qualifier ? `[${qualifier}]${plain}` : plain,
    params: Object.fromEntries(new URLSearchParams(query)),
  };
}

const isPlainName = (name: string) => /^[^:,\s[][^\n\r]*$/.test(name);
