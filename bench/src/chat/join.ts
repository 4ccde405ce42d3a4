import * as v from 'valibot';
import { joinByAbly } from './ably-client.ts';
import type { ChatClient } from './client.ts';
import { joinBySocketIo } from './socket-io-client.ts';

/** The address of a chat system. */
export const Address = v.variant('chat', [
  v.object({ chat: v.literal('ours'), endpoint: v.string(), port: v.number(), key: v.string() }),
  v.object({ chat: v.literal('peer'), port: v.number() }),
]);
export type Address = v.InferOutput<typeof Address>;

/** Joins a chat; from its resolution on, `onMessage` receives the text of every new message. */
export function join(address: Address, onMessage: (text: string) => void): Promise<ChatClient> {
  return address.chat === 'ours' ? joinByAbly(address, onMessage) : joinBySocketIo(address, onMessage);
}
