import { ABLY_API_KEY } from '@chat/contract/settings';
import { parseCapability, type Capability } from './capability.ts';

/** An API key, `appId.keyId:secret`. */
export interface ApiKey {
  appId: string;
  /** `appId.keyId` */
  name: string;
  secret: string;
  /** As configured; a token request without a capability gets exactly this text. */
  capabilityText: string;
  capability: Capability;
}

/** Returns the API key with a name, if there is one. */
export type FindKey = (keyName: string) => ApiKey | undefined;

/** @throws Error that shows the expected form, never the secret */
export function parseKey(text: string, capabilityText = '{"*":["*"]}'): ApiKey {
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
  };
}
