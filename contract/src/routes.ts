/** Where the site answers: the paths that Netlify gives to the functions of these names. */
export const ROUTES = {
  ablyAuth: '/.netlify/functions/ably-auth',
  chatHistory: '/.netlify/functions/chat-history',
} as const;
