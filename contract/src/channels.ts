/** Where clients publish and hold presence; an Ably rule feeds it to chat-writer. */
export const OUTGOING_CHANNEL = 'outgoing-chat';

/** Where only the connector publishes, and every tab listens. */
export const INCOMING_CHANNEL = 'incoming-chat';

/** How much of the recent past a fresh subscriber asks Ably for: its whole default retention, two minutes. */
export const REWIND = '2m';

/** The name that the 2021 connector gave to every message, kept so that its readers go on working. */
export const ROW_CHANGE_MESSAGE_NAME = 'New message from the Ably/ Postgres connector';
