/** Production limits of Ably, or generous stand-ins where production's rate limits would only hinder tests. */
export const limits = {
  /** Bytes of name, clientId, extras and data, summed over one publish. */
  maxMessageSize: 65_536,
  maxFrameSize: 524_288,
  /** Told to clients; not enforced. */
  maxInboundRate: 50,
  messagesPerPublish: 1_000,
  channelsPerConnection: 200,
  membersPerChannel: 200,
  channelNameLength: 2_048,
  clientIdLength: 1_024,
  rewindMessages: 100,
  /** Entries a channel remembers at most; continuity before them is lost. */
  logEntriesPerChannel: 20_000,
  logBytesPerChannel: 16 * 1_048_576,
  /** Answers kept per connection for publishes that a client repeats after a drop. */
  rememberedReplies: 1_000,
  /** Members per connection of whom the latest event is kept. */
  rememberedMembers: 500,
  pageSize: 100,
  maxPageSize: 1_000,
  syncPageSize: 100,
  maxTokenTtl: 24 * 3_600_000,
  defaultTokenTtl: 3_600_000,
  /** A socket that has this many bytes waiting reads too slowly: it is told to come back, and gets nothing more. */
  maxBufferedBytes: 16 * 1_048_576,
  /** Deliveries that wait for a rule's target; publishes beyond them are refused. */
  ruleQueueLength: 20_000,
  ruleConcurrency: 25,
  /** Apps made over REST. */
  appsOnDemand: 1_000,
} as const;
