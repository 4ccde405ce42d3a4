import type { HopName } from '~/store/trace/useTrace';

export interface Part {
  title: string;
  note: string;
  x: number;
  y: number;
  width: number;
  height: number;
  fill: string;
  stroke: string;
}

export interface Arrow {
  step: number;
  label: string;
  path: string;
  x: number;
  y: number;
  anchor: 'start' | 'middle' | 'end';
  /** The hop of a followed message that colours this arrow; the token is not part of its path. */
  hop?: HopName;
}

const page = { fill: '#ede9fe', stroke: '#7c3aed' };
const netlify = { fill: '#d9f3ee', stroke: '#0d9488' };
const ably = { fill: '#ffe4d6', stroke: '#ea580c' };
const aws = { fill: '#fdedc8', stroke: '#b45309' };
const database = { fill: '#dbe9f7', stroke: '#336791' };

/** The path of a message, clockwise from the page at the top and back to it. */
export const parts: Part[] = [
  {
    title: 'Every browser tab',
    note: 'Nuxt page, Vuex store',
    x: 112,
    y: 12,
    width: 156,
    height: 46,
    ...page,
  },
  { title: 'Netlify function', note: 'ably-auth', x: 252, y: 96, width: 122, height: 46, ...netlify },
  { title: 'Ably channel', note: 'outgoing-chat', x: 252, y: 180, width: 122, height: 46, ...ably },
  { title: 'AWS Lambda', note: 'chat-writer', x: 252, y: 264, width: 122, height: 46, ...aws },
  { title: 'PostgreSQL', note: 'chat_data + outbox', x: 112, y: 338, width: 156, height: 46, ...database },
  { title: 'Connector', note: 'drains the outbox', x: 6, y: 264, width: 122, height: 46, ...aws },
  { title: 'Ably channel', note: 'incoming-chat', x: 6, y: 180, width: 122, height: 46, ...ably },
];

export const arrows: Arrow[] = [
  { step: 1, label: 'token', path: 'M268 35H313V96', x: 321, y: 72, anchor: 'start' },
  { step: 2, label: 'publish', path: 'M226 58V203H252', x: 218, y: 132, anchor: 'end', hop: 'publish' },
  { step: 3, label: 'rule', path: 'M313 226V264', x: 321, y: 249, anchor: 'start', hop: 'rule' },
  { step: 4, label: 'write', path: 'M313 310V361H268', x: 321, y: 338, anchor: 'start', hop: 'write' },
  { step: 5, label: 'nudge', path: 'M112 361H67V310', x: 59, y: 338, anchor: 'end', hop: 'nudge' },
  { step: 6, label: 'fan out', path: 'M67 264V226', x: 75, y: 249, anchor: 'start', hop: 'fanOut' },
  { step: 7, label: 'subscribe', path: 'M67 180V35H112', x: 75, y: 132, anchor: 'start', hop: 'subscribe' },
];

/** The free place in the middle, for the times of a followed message. */
export const legendPlace = { x: 190, y: 262, lineHeight: 17 };
