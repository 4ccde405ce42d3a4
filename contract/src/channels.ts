/**
 * Default channel on which clients publish, and may do nothing else; an Ably rule invokes
 * chat-writer with its messages.
 */
export const OUTGOING_CHANNEL = 'outgoing-chat';

/**
 * Default channel on which only the connector publishes, and to which every tab subscribes. It also
 * holds the presence set.
 */
export const INCOMING_CHANNEL = 'incoming-chat';

/** How much of the recent past a new subscriber receives: Ably's whole default retention. */
export const REWIND = '2m';

/**
 * The message name of every row change: the 2021 connector's, so that its readers keep working. The
 * capture functions in `sql/` write it into the outbox.
 */
export const ROW_CHANGE_MESSAGE_NAME = 'New message from the Ably/ Postgres connector';

/**
 * The connector's `connector` setting for the chat: every change of `chat_data` goes to one
 * channel.
 */
export function chatTableRoutes(incomingChannel: string) {
  return (['INSERT', 'UPDATE', 'DELETE'] as const).map((operation) => ({
    tablename: 'chat_data',
    ablychannelname: incomingChannel,
    operation,
  }));
}
