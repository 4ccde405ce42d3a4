import * as v from 'valibot';

/** `POST ably-auth`: the credential that an earlier answer gave, or none for a new person. */
export const SessionRequestSchema = v.object({
  identity: v.optional(v.pipe(v.string(), v.maxLength(2_048))),
});

/** A signed request for an Ably token; the browser exchanges it with Ably itself, so the key never leaves the server. */
export const TokenRequestSchema = v.looseObject({
  keyName: v.string(),
  clientId: v.string(),
  capability: v.string(),
  timestamp: v.number(),
  nonce: v.string(),
  mac: v.string(),
});

/** All that the page must know about where it runs: one build serves every deployment. */
export const ClientConfigSchema = v.object({
  channels: v.object({ outgoing: v.string(), incoming: v.string() }),
  /** Only where Ably is not at its default address. */
  ably: v.optional(v.object({ endpoint: v.string(), port: v.number(), tls: v.boolean() })),
  /** The repository that the star and fork links lead to. */
  sourceUrl: v.string(),
});

export const SessionSchema = v.object({
  tokenRequest: TokenRequestSchema,
  /** Signed, expiring, opaque to the page: sending it back keeps the clientId. */
  identity: v.string(),
  config: ClientConfigSchema,
});

export type TokenRequest = v.InferOutput<typeof TokenRequestSchema>;
export type ClientConfig = v.InferOutput<typeof ClientConfigSchema>;
export type Session = v.InferOutput<typeof SessionSchema>;
