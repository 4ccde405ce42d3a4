import { X509Certificate } from 'node:crypto';
import * as v from 'valibot';

/**
 * The fields that both forms of the configuration are made of, so that the JSON file and the environment accept the same
 * values. No message repeats the value it refuses: it may be a secret.
 */

/** An absent key, an unknown one (a typo), or no object at all: valibot reports all three through the object. */
export function describeObjectIssue(issue: v.BaseIssue<unknown>): string {
  if (issue.expected === 'never') return 'is not a known key';
  return issue.received === 'undefined' ? 'is missing' : 'must be an object';
}

export function plainText(maxLength = 1_000) {
  return v.pipe(
    v.string('must be text'),
    v.minLength(1, 'must not be empty'),
    v.maxLength(maxLength, `must be at most ${maxLength} characters`),
  );
}

function wholeNumber(message: string) {
  return v.pipe(
    v.union([v.number(), v.pipe(v.string(), v.regex(/^\d+$/), v.transform(Number))], message),
    v.integer(message),
  );
}

const PORT = 'must be a port number';

/** 0 means any free port, which only makes sense where we listen. */
export const ListenPort = v.pipe(wholeNumber(PORT), v.minValue(0, PORT), v.maxValue(65_535, PORT));
export const TargetPort = v.pipe(ListenPort, v.minValue(1, PORT));

const BOOLEAN_TEXT = { true: true, false: false } as const;

export const Flag = v.union(
  [
    v.boolean(),
    v.pipe(
      v.picklist(['true', 'false']),
      v.transform((text) => BOOLEAN_TEXT[text]),
    ),
  ],
  'must be true or false',
);

/** Two PostgreSQL identifiers of 63 bytes and the dot between them. */
const MAX_TABLE_NAME = 127;

const Operation = v.pipe(
  v.string('must be INSERT, UPDATE or DELETE'),
  v.toUpperCase(),
  v.picklist(['INSERT', 'UPDATE', 'DELETE'], 'must be INSERT, UPDATE or DELETE'),
);

const Route = v.strictObject(
  {
    tablename: v.pipe(
      plainText(MAX_TABLE_NAME),
      v.regex(/^[^.]+(\.[^.]+)?$/, 'must be a table, or schema.table'),
    ),
    ablychannelname: v.pipe(
      plainText(),
      // Ably reads a leading "[…]" as parameters and refuses a leading ":", commas and line breaks.
      v.regex(/^[^[:,\s][^,\r\n]*$/, 'must be an Ably channel name'),
    ),
    operation: Operation,
  },
  describeObjectIssue,
);

export const Routes = v.pipe(
  v.array(Route, 'must be a list of { tablename, ablychannelname, operation }'),
  v.minLength(1, 'must have at least one entry'),
  v.checkItems(
    (route, index, all) => all.findIndex((other) => isSameRoute(route, other)) === index,
    'repeats an earlier entry',
  ),
);

function isSameRoute(one: Route, other: Route): boolean {
  return (
    one.tablename === other.tablename &&
    one.ablychannelname === other.ablychannelname &&
    one.operation === other.operation
  );
}

/** Text of one or several certificates: a wrong one would only be found out when connecting, and then again and again. */
export const Certificates = v.pipe(
  plainText(1_000_000),
  v.check((text) => {
    const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
    return blocks.length > 0 && blocks.every(isCertificate);
  }, 'must be certificates in PEM form'),
);

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}

export const ApiKey = v.pipe(
  plainText(),
  v.regex(/^[^.:\s]+\.[^.:\s]+:[^\s:]+$/, 'must be an Ably API key, <app>.<key>:<secret>'),
);

export const Endpoint = v.pipe(
  plainText(),
  v.regex(/^[\w.:-]+$/, 'must be a host name or one of Ably’s routing names'),
);

export const ListenHost = v.optional(
  v.pipe(plainText(), v.regex(/^[\w.:-]+$/, 'must be an address of this machine, such as 0.0.0.0')),
  '127.0.0.1',
);

const MESSAGE_SIZE = 'must be Ably’s limit for one publish in bytes, 1024 to 10485760';

/** 64 KiB on Ably's smaller plans. */
export const MaxMessageSize = v.optional(
  v.pipe(wholeNumber(MESSAGE_SIZE), v.minValue(1_024, MESSAGE_SIZE), v.maxValue(10_485_760, MESSAGE_SIZE)),
  65_536,
);

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

export const LogLevel = v.optional(v.picklist(LOG_LEVELS, `must be one of ${LOG_LEVELS.join(', ')}`), 'info');

/** One line of the control table: changes of this kind in this table go to this channel. */
export type Route = v.InferOutput<typeof Route>;
export type Operation = Route['operation'];
