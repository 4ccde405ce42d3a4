/** When Ably received the messages, unless a test says otherwise: just now. */
export const NOW = Date.now();

/** Builds an envelope as an Ably rule sends it. */
export function envelope(...messages: unknown[]) {
  return {
    source: 'channel.message',
    appId: 'app',
    channel: 'outgoing-chat',
    site: 'eu-west-1-A',
    ruleId: 'rule',
    messages,
  };
}

/** Builds a message of an envelope; Ably sends published objects as JSON text. */
export function message(id: string, name: string, data: unknown, more: Record<string, unknown> = {}) {
  return {
    id,
    name,
    clientId: 'ann',
    connectionId: 'connection',
    timestamp: NOW,
    encoding: 'json',
    data: JSON.stringify(data),
    ...more,
  };
}

export const chatMsg = (id: string, content = 'hi', more = {}) =>
  message(id, 'chatMsg', { username: 'Ann', content }, more);
export const editedMsg = (id: string, msgIdToEdit: string, content: string, more = {}) =>
  message(id, 'editedMsg', { username: 'Ann', content, msgIdToEdit }, more);
export const deletedMsg = (id: string, msgIdToDelete: string, more = {}) =>
  message(id, 'deletedMsg', { msgIdToDelete }, more);
