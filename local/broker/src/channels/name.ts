import { Code, WireError } from '../errors.ts';
import { limits } from '../limits.ts';
import { parseFilter, type MessageFilter } from './filter.ts';

export interface ChannelName {
  /** Exactly as the client wrote it: frames must name the channel this way. */
  requested: string;
  /** The name without params and filter: identifies the channel. */
  base: string;
  /** What is matched against capabilities: the base, or `[filter]base`. */
  resource: string;
  /** Of a qualifier such as `[filter=…]`. */
  filter?: MessageFilter | undefined;
  /** Of a qualifier such as `[?rewind=2m]`. */
  params: Record<string, string>;
}

const QUALIFIED = /^\[([^\]?]*)(?:\?([^\]]*))?\](.+)$/s;

/** `[meta]log` and `[queue]jobs` are separate channels, not views of `log` and `jobs`. */
const NAMESPACED_QUALIFIERS = new Set(['meta', 'queue']);

const FILTER = 'filter=';

/** @throws WireError 40010 */
export function parseChannelName(requested: string): ChannelName {
  const [, qualifier = '', query = '', rest] = QUALIFIED.exec(requested) ?? [];
  const plain = rest ?? requested;
  const isFiltered = qualifier.startsWith(FILTER);
  const isSupported = qualifier === '' || isFiltered || NAMESPACED_QUALIFIERS.has(qualifier);
  if (!isSupported || !isPlainName(plain) || requested.length > limits.channelNameLength) {
    throw new WireError(
      Code.badChannelName,
      `Invalid channel name ${JSON.stringify(requested.slice(0, 100))}: it must not be empty, contain a newline, ` +
        'or start with ":", ",", a space or an unknown [qualifier]',
    );
  }
  const base = qualifier && !isFiltered ? `[${qualifier}]${plain}` : plain;
  return {
    requested,
    base,
    resource: isFiltered ? `[filter]${plain}` : base,
    filter: isFiltered ? parseFilter(qualifier.slice(FILTER.length)) : undefined,
    params: Object.fromEntries(new URLSearchParams(query)),
  };
}

/**
 * Parses the name of a channel for anything but subscribing, for which a filter has no meaning.
 * @throws WireError 40010
 */
export function parsePlainChannel(requested: string): ChannelName {
  const name = parseChannelName(requested);
  if (!name.filter) return name;
  throw new WireError(
    Code.badChannelName,
    `A filtered channel only supports subscribing: use "${name.base}" without the filter`,
  );
}

const isPlainName = (name: string) => /^[^:,\s[][^\n\r]*$/.test(name);
