import { openRoom, type Room } from './room.ts';
import { startOurs, startPeer } from './system.ts';

/** Our chat and the peer, each warmed up and with its readers. */
export interface Pair {
  ours: Room;
  peer: Room;
  close(): Promise<void>;
}

/** High enough to compile the hot code and to start all the Lambda instances needed. */
const WARM_UP_PER_SECOND = 200;

export async function openPair(readers: number, warmUpMs: number): Promise<Pair> {
  await using opened = new AsyncDisposableStack();
  const open = async (start: typeof startOurs) => {
    const system = await start();
    opened.defer(() => system.stop());
    const room = await openRoom(system.address, readers);
    opened.defer(() => room.close());
    await room.read({ perSecond: WARM_UP_PER_SECOND, ms: warmUpMs });
    return room;
  };
  const peer = await open(startPeer);
  const ours = await open(startOurs);
  const everything = opened.move();
  return { ours, peer, close: () => everything.disposeAsync() };
}
