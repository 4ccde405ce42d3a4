import * as v from 'valibot';

/**
 * Days after which an identity expires. It is renewed with every token, so it expires only for a tab
 * that was closed or asleep this long.
 */
export const IDENTITY_DAYS = 30;

/** The body of `POST ably-auth`: the identity of an earlier answer, or none to get a new one. */
export const SessionRequestSchema = v.object({
  identity: v.optional(v.pipe(v.string(), v.maxLength(2_048))),
});

/**
 * A signed request for an Ably token, which the browser exchanges with Ably: the key stays on the
 * server.
 */
export const TokenRequestSchema = v.looseObject({
  keyName: v.string(),
  clientId: v.string(),
  capability: v.string(),
  timestamp: v.number(),
  nonce: v.string(),
  mac: v.string(),
});

/** The page's settings: one build serves every deployment. */
export const ClientConfigSchema = v.object({
  channels: v.object({ outgoing: v.string(), incoming: v.string() }),
  /** Absent for Ably's default address. */
  ably: v.optional(v.object({ endpoint: v.string(), port: v.number(), tls: v.boolean() })),
  /** The repository behind the star and fork links. */
  sourceUrl: v.string(),
});

export const SessionSchema = v.object({
  tokenRequest: TokenRequestSchema,
  /** Signed, expiring, opaque to the page. Sending it back keeps the clientId. */
  identity: v.string(),
  config: ClientConfigSchema,
});

export type TokenRequest = v.InferOutput<typeof TokenRequestSchema>;
export type ClientConfig = v.InferOutput<typeof ClientConfigSchema>;
export type Session = v.InferOutput<typeof SessionSchema>;
