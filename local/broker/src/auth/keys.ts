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

const KEY = /^([\w-]+)\.([\w-]+):([^:.\s]+)$/;

/** @throws Error that shows the expected form, never the secret */
export function parseKey(text: string, capabilityText = '{"*":["*"]}'): ApiKey {
  const [, appId, keyId, secret] = KEY.exec(text) ?? [];
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
