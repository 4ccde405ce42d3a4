import { createHash, timingSafeEqual } from 'node:crypto';
import { parseInput } from '@chat/contract';
import { historySecret } from '@chat/contract/settings';
import * as v from 'valibot';
import type { HistorySecretEnv } from './env.ts';
import { SecretUnavailable } from './errors.ts';
import { readSecret } from './secrets.ts';

/** A value that is withdrawn is accepted this much longer. */
const MAX_AGE_MS = 300_000;

/**
 * An unknown token makes the function read the secret again, because it may have been rotated; but
 * not more often than this, because anyone can send one. A value is accepted from its first use if
 * callers get it this much later than Secrets Manager.
 */
const MIN_AGE_MS = 10_000;

/** Returns whether a token is the history secret: its current value, or the previous one. */
export type AcceptsToken = (token: string) => Promise<boolean>;

/** The returned function throws SecretUnavailable when the secret cannot be read. */
export function acceptsTokenFrom(env: HistorySecretEnv): AcceptsToken {
  return 'secretId' in env ? fromSecret(env.secretId) : fixed(env.value);
}

function fixed(value: string): AcceptsToken {
  const accepted = [digest(value)];
  return (token) => Promise.resolve(isOneOf(accepted, token));
}

function fromSecret(secretId: string): AcceptsToken {
  let accepted: Buffer[] = [];
  let readAt = -Infinity;
  return async (token) => {
    const maxAge = isOneOf(accepted, token) ? MAX_AGE_MS : MIN_AGE_MS;
    // Not performance.now(), which may stand still while AWS freezes the instance.
    if (Date.now() - readAt >= maxAge) {
      accepted = (await readValues(secretId)).map(digest);
      readAt = Date.now();
    }
    return isOneOf(accepted, token);
  };
}

async function readValues(secretId: string): Promise<string[]> {
  try {
    const [current, previous] = await Promise.all([readSecret(secretId), readPrevious(secretId)]);
    const value = parseInput(historySecret, current, 'The current value');
    // One that is too short has never been accepted.
    return v.is(historySecret, previous) ? [value, previous] : [value];
  } catch (cause) {
    throw new SecretUnavailable(
      `Could not read the history secret ${secretId}: ${String(cause)}. ` +
        'Check its value, and that the function may read it and reaches Secrets Manager.',
      { cause },
    );
  }
}

/** @returns undefined before the first rotation */
async function readPrevious(secretId: string): Promise<string | undefined> {
  try {
    return await readSecret(secretId, 'AWSPREVIOUS');
  } catch (error) {
    if (error instanceof Error && error.name === 'ResourceNotFoundException') return undefined;
    throw error;
  }
}

/**
 * Compares digests: their equal length and constant-time comparison reveal nothing of the values.
 */
function isOneOf(accepted: readonly Buffer[], token: string): boolean {
  const digested = digest(token);
  return accepted.filter((one) => timingSafeEqual(one, digested)).length > 0;
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
