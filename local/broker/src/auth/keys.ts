import { parseCapability, type Capability } from './capability.ts';

/** An API key, `appId.keyId:secret`. */
export interface ApiKey {
  appId: string;
  /** `appId.keyId` */
  name: string;
  secret: string;
  /** As it was given; token requests without a capability get exactly this text. */
  capabilityText: string;
  capability: Capability;
}

const KEY = /^([\w-]+)\.([\w-]+):([^:.\s]+)$/;

/** @throws Error naming the expected shape, never the secret */
export function parseKey(text: string, capabilityText = '{"*":["*"]}'): ApiKey {
  const [, appId, keyId, secret] = KEY.exec(text) ?? [];
  if (!appId || !keyId || !secret) {
    throw new Error(
      'An API key must look like appId.keyId:secret, without spaces; one that was given does not',
    );
  }
  return {
    appId,
    name: `${appId}.${keyId}`,
    secret,
    capabilityText,
    capability: parseCapability(capabilityText),
  };
}
