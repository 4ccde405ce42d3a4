/** The paths at which Netlify serves the functions of these names. */
export const ROUTES = {
  ablyAuth: '/.netlify/functions/ably-auth',
  chatHistory: '/.netlify/functions/chat-history',
  chatChanges: '/.netlify/functions/chat-changes',
} as const;

/** What follows the address of the chat-history Lambda for the changes since a cursor. */
export const CHANGES_PATH = '/changes';
