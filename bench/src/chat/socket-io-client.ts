import { io } from 'socket.io-client';
import * as v from 'valibot';
import { USERNAME, type ChatClient } from './client.ts';

const Row = v.object({ msg_data: v.string() });

export async function joinBySocketIo(
  { port }: { port: number },
  onMessage: (text: string) => void,
): Promise<ChatClient> {
  const socket = io(`http://127.0.0.1:${port}`, {
    transports: ['websocket'],
    forceNew: true,
    reconnection: false,
  });
  socket.on('message', (row: unknown) => onMessage(v.parse(Row, row).msg_data));
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('connect_error', reject);
  });
  return {
    async publish(id, content) {
      const problem: unknown = await socket.emitWithAck('message', { id, username: USERNAME, content });
      if (problem !== undefined && problem !== null)
        throw new Error(`The peer rejected message ${id}: ${String(problem)}`);
    },
    close: () => void socket.disconnect(),
  };
}
