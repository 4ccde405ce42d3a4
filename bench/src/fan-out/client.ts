import { once } from 'node:events';
import WebSocket from 'ws';
import { dialects, sentAt, type DialectName } from './dialect.ts';

export interface Client {
  send(frame: string): void;
  close(): void;
}

/** Connects and subscribes. `onMessage` hears of each message when it comes, with the time at which it was sent. */
export async function connect(
  name: DialectName,
  port: number,
  onMessage: (sentAt: number) => void,
): Promise<Client> {
  const { url, subscribe, isSubscribed } = dialects[name];
  const socket = new WebSocket(url(port), { perMessageDeflate: false });
  socket.on('message', (data: Buffer) => {
    const sent = sentAt(data);
    if (sent !== undefined) onMessage(sent);
  });
  await once(socket, 'open');
  if (subscribe !== undefined) {
    const subscribed = new Promise<void>((resolve) => {
      const look = (data: Buffer) => {
        if (!isSubscribed(data.toString())) return;
        socket.off('message', look);
        resolve();
      };
      socket.on('message', look);
    });
    socket.send(subscribe);
    await subscribed;
  }
  return { send: (frame) => socket.send(frame), close: () => socket.terminate() };
}
