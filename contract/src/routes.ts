/** The paths at which Netlify serves the functions of these names. */
export const ROUTES = {
  ablyAuth: '/.netlify/functions/ably-auth',
  chatHistory: '/.netlify/functions/chat-history',
} as const;
