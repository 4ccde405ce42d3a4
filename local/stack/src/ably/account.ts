/** An Ably app, or a broker that speaks Ably's protocol. */
export interface AblyAccount {
  key: string;
  /** A host name or one of Ably's routing names; default: Ably's own address. */
  endpoint?: string;
  port?: number;
  tls?: boolean;
}
