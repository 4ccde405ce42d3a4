import { text } from '@chat/contract/settings';
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import * as v from 'valibot';

/**
 * Schemas of the connector's own values. No message quotes the rejected value: it may be secret.
 */

/** valibot reports an absent key, an unknown key (a typo) and a wrong type through the object. */
export function describeObjectIssue(issue: v.BaseIssue<unknown>): string {
  if (issue.expected === 'never') return 'is not a known key';
  return issue.received === 'undefined' ? 'is missing' : 'must be an object';
}

/** Two PostgreSQL identifiers of 63 quotes, each doubled, in quotes, and the dot between them. */
export const TableName = text(257);

const OPERATION = 'must be INSERT, UPDATE or DELETE';

export const Operation = v.pipe(
  v.string(OPERATION),
  v.toUpperCase(),
  v.picklist(['INSERT', 'UPDATE', 'DELETE'], OPERATION),
);

/** One or several PEM certificates, checked here: later, every connection attempt would fail. */
const Certificates = v.pipe(
  text(1_000_000),
  v.check((pem) => {
    const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
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

/**
 * Decodes a path to the text of the file, so that a wrong path is reported with all other problems.
 */
export const CertificateFile = v.pipe(
  text(),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    try {
      return readFileSync(dataset.value, 'utf8');
    } catch {
      addIssue({ message: `must be a readable file in PEM form, and ${dataset.value} is not` });
      return NEVER;
    }
  }),
  Certificates,
);

/** `rds` trusts Amazon's authorities for RDS and no others; `ca` is the PEM text itself. */
export const Ssl = v.union(
  [
    v.boolean(),
    v.literal('rds'),
    v.strictObject({ rejectUnauthorized: v.optional(v.boolean()), ca: v.optional(Certificates) }),
  ],
  'must be true, false, "rds" or { rejectUnauthorized, ca }',
);

export const SslMode = v.pipe(
  v.picklist(['true', 'false', 'no-verify', 'rds'], 'must be true, false, no-verify or rds'),
  v.transform((mode): v.InferOutput<typeof Ssl> => {
    if (mode === 'rds') return 'rds';
    return mode === 'no-verify' ? { rejectUnauthorized: false } : mode === 'true';
  }),
);

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

export const LogLevel = v.picklist(LOG_LEVELS, `must be one of ${LOG_LEVELS.join(', ')}`);
