import * as v from 'valibot';
import { socketHost, urlHost } from './host.ts';

/**
 * The kit from which each part builds the schema of its settings: every part accepts the same
 * values and describes a problem in the same words. No message quotes the rejected value, which
 * may be secret. Numbers and flags are accepted as text, from the environment, and as JSON values.
 */

type Source = Readonly<Record<string, string | undefined>>;

/** The schema of a part's settings; a required one that is absent is reported as `must be set`. */
export function settings<const Fields extends v.ObjectEntries>(fields: Fields) {
  return v.object(fields, () => 'must be set');
}

/** `{ PORT: 'PORT', … }`: the environment names of a part, for code that sets them for it. */
export function namesOf<Fields extends object>(fields: Fields) {
  const entries = Object.keys(fields).map((name) => [name, name]);
  return Object.fromEntries(entries) as { readonly [Name in keyof Fields & string]: Name };
}

/**
 * Returns the values of these names alone. An empty value counts as not set: that is how an `.env`
 * file, a dashboard or `NAME=${NAME:-}` in a compose file leaves a setting out.
 */
export function pickEnv<Name extends string>(
  names: Readonly<Record<Name, string>>,
  source: Source,
): Partial<Record<Name, string>> {
  const entries = Object.keys(names).map((name) => [name, source[name]]);
  return Object.fromEntries(entries.filter(([, value]) => value)) as Partial<Record<Name, string>>;
}

export function text(maxLength = 1_000) {
  return v.pipe(
    v.string('must be text'),
    v.minLength(1, 'must not be empty'),
    v.maxLength(maxLength, `must be at most ${maxLength} characters`),
  );
}

export function secret(minLength: number) {
  return v.pipe(text(10_000), v.minLength(minLength, `must be at least ${minLength} characters`));
}

export function oneOf<const Options extends readonly string[]>(options: Options) {
  return v.picklist(options, `must be ${options.join(' or ')}`);
}

export function wholeNumber(
  from: number,
  to: number,
  message = `must be a whole number from ${from} to ${to}`,
) {
  const digits = v.pipe(v.string(), v.regex(/^\d{1,15}$/), v.transform(Number));
  return v.pipe(
    v.union([v.number(), digits], message),
    v.integer(message),
    v.minValue(from, message),
    v.maxValue(to, message),
  );
}

export const flag = v.pipe(
  v.union([v.boolean(), v.picklist(['true', 'false'])], 'must be true or false'),
  v.transform((value) => value === true || value === 'true'),
);

const PORT = 'must be a port number';

/** 0 means any free port, which only makes sense for a server of ours. */
export const listenPort = wholeNumber(0, 65_535, PORT);
export const targetPort = wholeNumber(1, 65_535, PORT);

export const listenHost = v.pipe(
  text(),
  v.transform(socketHost),
  v.regex(/^[\w.:-]+$/, 'must be an address of this machine, such as 0.0.0.0'),
);

/** The host of a server, or the folder of a Unix socket. */
export const targetHost = v.pipe(text(), v.transform(socketHost));

export const webAddress = v.pipe(
  text(),
  v.url('must be an absolute address'),
  v.regex(/^https?:/i, 'must begin with http:// or https://'),
);

/** Long, because a password may be a token of several thousand characters. */
export const databaseUrl = v.pipe(
  text(10_000),
  v.regex(/^postgres(ql)?:\/\/./, 'must be like postgres://user:password@host:5432/database'),
);

/**
 * `<app>.<key>:<secret>`. The secret contains no `.`, `:` or white space: Ably's client library
 * rejects such a key before it sends anything, and Ably generates none.
 */
export const ABLY_API_KEY = /^(?<app>[\w-]+)\.(?<key>[\w-]+):(?<secret>[^.:\s]+)$/;

export const ablyApiKey = v.pipe(
  text(),
  v.regex(ABLY_API_KEY, 'must be an Ably API key, <app>.<key>:<secret>'),
);

export const ablyEndpoint = v.pipe(
  text(),
  v.transform(socketHost),
  v.regex(/^[\w.:-]+$/, 'must be a host name or an Ably routing name'),
  // Ably's library puts it into URLs as it is.
  v.transform(urlHost),
);

/**
 * Ably reads a leading `[…]` as parameters, and rejects a leading `:`, commas and line breaks.
 */
export const channelName = v.pipe(text(), v.regex(/^[^[:,\s][^,\r\n]*$/, 'must be an Ably channel name'));

/** For a name that becomes part of a capability, where `*` would grant more than this channel. */
export const singleChannelName = v.pipe(
  channelName,
  v.check((name) => !name.includes('*'), 'must be one channel, without wildcards'),
);

/** The shared secret with which Netlify's chat-history authenticates at the Lambda of that name. */
export const historySecret = secret(16);
