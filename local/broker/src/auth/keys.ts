import { ABLY_API_KEY } from '@chat/contract/settings';
import { limits } from '../limits.ts';
import { parseCapability, type Capability } from './capability.ts';
import { Revocations } from './revocations.ts';

/** An API key, `appId.keyId:secret`. */
export interface ApiKey {
  appId: string;
  /** `appId.keyId` */
  name: string;
  secret: string;
  /** As configured; a token request without a capability gets exactly this text. */
  capabilityText: string;
  capability: Capability;
  /** Present if its tokens can be revoked; they have a shorter life then. */
  revocations?: Revocations;
}

/** Returns the API key with a name, if there is one. */
export type FindKey = (keyName: string) => ApiKey | undefined;

/** The API keys of all apps. */
export interface Keys {
  findKey: FindKey;
  /** Whether there is an app with this id. */
  has(appId: string): boolean;
}

/** @throws Error that shows the expected form, never the secret */
export function parseKey(text: string, capabilityText = '{"*":["*"]}', hasRevocableTokens = false): ApiKey {
  const { app: appId, key: keyId, secret } = ABLY_API_KEY.exec(text)?.groups ?? {};
  if (!appId || !keyId || !secret) {
    throw new Error('Invalid API key: it must have the form appId.keyId:secret, without spaces');
  }
  return {
    appId,
    name: `${appId}.${keyId}`,
    secret,
    capabilityText,
    capability: parseCapability(capabilityText),
    ...(hasRevocableTokens && { revocations: new Revocations() }),
  };
}

/** Returns the longest life of the tokens of a key, in ms. */
export const maxTtlOf = ({ revocations }: ApiKey): number =>
  revocations ? limits.maxRevocableTokenTtl : limits.maxTokenTtl;
