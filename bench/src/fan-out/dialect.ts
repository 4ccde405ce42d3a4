/** The protocol of a server that fans out: Ably's for the broker, bare frames for the floor. */
export interface Dialect {
  url(port: number): string;
  /** The frame to send after connecting, if any. */
  subscribe: string | undefined;
  /** Returns true for the frame that confirms the subscription. */
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

/** Builds the same frame for both servers; it contains the time it was sent. */
export function publishFrame(msgSerial: number): string {
  const data = `${process.hrtime.bigint()} ${'x'.repeat(100)}`;
  return `{"action":15,"channel":"bench","msgSerial":${msgSerial},"messages":[{"name":"tick",${MARK}${data}"}]}`;
}

/**
 * Returns when the message of a frame was sent, in ns of the clock that all processes of a machine
 * share, or undefined for a frame without a message, such as an acknowledgement.
 */
export function sentAt(frame: Buffer): number | undefined {
  const at = frame.indexOf(MARK);
  return at === -1
    ? undefined
    : Number.parseInt(frame.toString('latin1', at + MARK.length, at + MARK.length + 20), 10);
}

/** The current time in ns, on the same clock. */
export const now = () => Number(process.hrtime.bigint());
