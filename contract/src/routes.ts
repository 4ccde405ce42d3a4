/** The paths at which Netlify serves the functions of these names. */
export const ROUTES = {
  ablyAuth: '/.netlify/functions/ably-auth',
  chatHistory: '/.netlify/functions/chat-history',
  chatChanges: '/.netlify/functions/chat-changes',
  messageVersions: '/.netlify/functions/message-versions',
  chatSearch: '/.netlify/functions/chat-search',
  chatTimeline: '/.netlify/functions/chat-timeline',
} as const;

/** What follows the address of the chat-history Lambda for what is not a page of history. */
export const READ_PATHS = {
  changes: '/changes',
  versions: '/versions',
  search: '/search',
  timeline: '/timeline',
} as const;
