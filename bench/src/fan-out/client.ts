import { once } from 'node:events';
import WebSocket from 'ws';
import { dialects, sentAt, type DialectName } from './dialect.ts';

export interface Client {
  send(frame: string): void;
  close(): void;
}

/** Connects and subscribes; calls `onMessage` for each message with the time it was sent. */
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
      const onFrame = (data: Buffer) => {
        if (!isSubscribed(data.toString())) return;
        socket.off('message', onFrame);
        resolve();
      };
      socket.on('message', onFrame);
    });
    socket.send(subscribe);
    await subscribed;
  }
  return { send: (frame) => socket.send(frame), close: () => socket.terminate() };
}
