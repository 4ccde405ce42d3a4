import * as v from 'valibot';
import { joinByAbly } from './ably-client.ts';
import type { ChatClient } from './client.ts';
import { joinBySocketIo } from './socket-io-client.ts';

/** Where a chat is. */
export const Address = v.variant('chat', [
  v.object({ chat: v.literal('ours'), endpoint: v.string(), port: v.number(), key: v.string() }),
  v.object({ chat: v.literal('peer'), port: v.number() }),
]);
export type Address = v.InferOutput<typeof Address>;

/** Resolves when every message from now on will be seen. `see` is told the text of each row that is new. */
export function join(address: Address, see: (text: string) => void): Promise<ChatClient> {
  return address.chat === 'ours' ? joinByAbly(address, see) : joinBySocketIo(address, see);
}
