/** Limits that are the same on each of Ably's plans, or the broker's own; plan/ has the others. */
export const limits = {
  maxFrameSize: 524_288,
  /** Publishes per second, announced to clients that have no such limit. */
  announcedInboundRate: 50,
  messagesPerPublish: 1_000,
  channelNameLength: 2_048,
  clientIdLength: 1_024,
  rewindMessages: 100,
  /** Beyond these, a channel discards its oldest entries, and clients cannot resume from there. */
  logEntriesPerChannel: 20_000,
  logBytesPerChannel: 16 * 1_048_576,
  /** Of all channels of all apps together; beyond it, the largest discard their oldest entries. */
  logBytes: 256 * 1_048_576,
  /** Of all apps together; further ones are rejected. An empty channel takes about 1 kB. */
  channels: 100_000,
  /** Replies stored per connection for frames that a client repeats after a drop. */
  rememberedReplies: 1_000,
  /** Presence members per connection whose latest event is stored. */
  rememberedMembers: 500,
  pageSize: 100,
  maxPageSize: 1_000,
  syncPageSize: 100,
  /** In ms. */
  maxTokenTtl: 24 * 3_600_000,
  defaultTokenTtl: 3_600_000,
  /** Of tokens that can be revoked. */
  maxRevocableTokenTtl: 3_600_000,
  /** A client with more unsent bytes reads too slowly and is disconnected. */
  maxBufferedBytes: 16 * 1_048_576,
  /** Pending deliveries of a rule that loses none; further publishes are rejected. */
  ruleQueueLength: 20_000,
  /** Concurrent deliveries of such a rule. */
  ruleConcurrency: 25,
  /** Messages that wait while a rule has as many invocations in flight as its plan allows. */
  waitingInvocations: 10,
  /** Apps including those created over REST. */
  appsOnDemand: 1_000,
} as const;
