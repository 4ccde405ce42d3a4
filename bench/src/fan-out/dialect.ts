/** How to speak to a server that fans out: the broker as any Ably client does, the bare one without ado. */
export interface Dialect {
  url(port: number): string;
  /** Sent after connecting; undefined when nothing is. */
  subscribe: string | undefined;
  /** Whether a frame says that messages will come from now on. */
  isSubscribed(frame: string): boolean;
}

export const KEY = 'bench.key:not-a-secret';
const MARK = '"data":"';

export const dialects = {
  broker: {
    url: (port) => `ws://127.0.0.1:${port}/?key=${KEY}&format=json&v=6&heartbeats=false`,
    subscribe: '{"action":10,"channel":"bench"}',
    isSubscribed: (frame) => frame.startsWith('{"action":11'),
  },
  bare: {
    url: (port) => `ws://127.0.0.1:${port}/`,
    subscribe: undefined,
    isSubscribed: () => true,
  },
} satisfies Record<string, Dialect>;

export type DialectName = keyof typeof dialects;

/** The same frame for both; it holds the time at which it was sent. */
export function publishFrame(msgSerial: number): string {
  const data = `${process.hrtime.bigint()} ${'x'.repeat(100)}`;
  return `{"action":15,"channel":"bench","msgSerial":${msgSerial},"messages":[{"name":"tick",${MARK}${data}"}]}`;
}

/**
 * When the message of a frame was sent, on the clock that all processes of a machine share, in ns.
 * @returns undefined when it holds none, as an acknowledgement
 */
export function sentAt(frame: Buffer): number | undefined {
  const at = frame.indexOf(MARK);
  return at === -1
    ? undefined
    : Number.parseInt(frame.toString('latin1', at + MARK.length, at + MARK.length + 20), 10);
}

/** Now, on the same clock. */
export const now = () => Number(process.hrtime.bigint());
