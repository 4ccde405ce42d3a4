import { REWIND } from '@chat/contract';
import type { ClientConfig } from '@chat/contract';
import type { RealtimeChannel } from 'ably';
import type { BaseRealtime } from 'ably/modular';
import { toPresenceError } from '../presence-full';
import { toPublishFailed } from '../publish-failure';
import type { Realtime, RealtimeListener, RealtimeOptions } from './types';
import {
  followPage,
  reattachAfterDecodingError,
  reconnectAfterLimit,
  watchPresence,
  watchRows,
  watchStatus,
} from './watch';

/**
 * ms. Ably's defaults of 15 and 30 seconds are long while a person reads "Offline". The first
 * attempt is immediate in any case; the library backs off with jitter after that.
 */
const RETRY = { disconnectedRetryTimeout: 3_000, suspendedRetryTimeout: 10_000, channelRetryTimeout: 5_000 };

/** The only module that imports Ably's client library, which is loaded when it is first needed. */
export function createRealtime(): Realtime {
  let client: BaseRealtime | undefined;
  let channels: { outgoing: RealtimeChannel; incoming: RealtimeChannel } | undefined;
  let stopFollowing: (() => void) | undefined;
  let wantsOccupancy = false;
  /** Counts calls of open() and close(): the last one decides, also while a client is created. */
  let turn = 0;

  function opened() {
    if (!channels) throw new Error('The realtime client is not open: call open() first.');
    return channels;
  }

  return {
    async open(options, listener) {
      const ownTurn = ++turn;
      const next = await createClient(options);
      if (turn !== ownTurn) return;
      client?.close();
      client = next;
      // Never attached: publishing needs no attachment, and the token allows none.
      const outgoing = client.channels.get(options.config.channels.outgoing);
      const incoming = client.channels.get(`[?rewind=${REWIND}]${options.config.channels.incoming}`);
      if (wantsOccupancy) countOn(incoming);
      const isCurrent = () => client === next;
      const current = whileCurrent(listener, isCurrent);
      channels = { outgoing, incoming };
      watchStatus(client, incoming, current);
      watchRows(incoming, current);
      watchPresence(incoming, current);
      reattachAfterDecodingError(incoming, isCurrent);
      reconnectAfterLimit(client, incoming, isCurrent);
      stopFollowing?.();
      stopFollowing = followPage(client, incoming);
      client.connect();
    },
    publish: async (name, data, id) => {
      await opened()
        .outgoing.publish({ id, name, data })
        .catch((error: unknown) => {
          throw toPublishFailed(error);
        });
    },
    enterPresence: (data) =>
      opened()
        .incoming.presence.enter(data)
        .catch((error: unknown) => {
          throw toPresenceError(error);
        }),
    watchOccupancy() {
      wantsOccupancy = true;
      if (channels) countOn(channels.incoming);
    },
    close() {
      turn += 1;
      stopFollowing?.();
      client?.close();
      client = undefined;
      channels = undefined;
    },
  };
}

/** Ignores events of a client that has been replaced, including its own `closed`. */
function whileCurrent(listener: RealtimeListener, isCurrent: () => boolean): RealtimeListener {
  return {
    onStatus: (...event) => isCurrent() && listener.onStatus(...event),
    onRowChange: (...event) => isCurrent() && listener.onRowChange(...event),
    onAttached: (...event) => isCurrent() && listener.onAttached(...event),
    onPresenceChange: (...event) => isCurrent() && listener.onPresenceChange(...event),
    onPresenceSnapshot: (...event) => isCurrent() && listener.onPresenceSnapshot(...event),
    onOccupancy: (...event) => isCurrent() && listener.onOccupancy(...event),
  };
}

/** Attaches again with the counts, which keeps continuity. */
function countOn(incoming: RealtimeChannel): void {
  incoming
    .setOptions({ params: { rewind: REWIND, occupancy: 'metrics' } })
    .catch((error: unknown) => console.warn('Subscribing to the number of people failed.', error));
}

/** Names what the page uses, because the build leaves out all else. */
async function loadLibrary() {
  const { BaseRealtime, FetchRequest, RealtimePresence, WebSocketTransport } = await import('ably/modular');
  return { BaseRealtime, FetchRequest, RealtimePresence, WebSocketTransport };
}

/** Loads the library before `open()` needs it, which reports a failure. */
export async function preloadLibrary(): Promise<void> {
  await loadLibrary().catch((error: unknown) => console.warn('Ably’s library did not load early.', error));
}

async function createClient({ clientId, config, requestToken }: RealtimeOptions): Promise<BaseRealtime> {
  const { BaseRealtime, ...plugins } = await loadLibrary();
  return new BaseRealtime({
    plugins,
    autoConnect: false,
    // followPage closes it at `pagehide`, after the last message: `beforeunload` is too early.
    closeOnUnload: false,
    clientId,
    ...RETRY,
    authCallback: (_params, callback) => {
      requestToken().then(
        (tokenRequest) => callback(null, tokenRequest),
        (error: unknown) => callback(error instanceof Error ? error.message : String(error), null),
      );
    },
    ...(config.ably && addressOf(config.ably)),
  });
}

/** The connectivity check would contact Ably's servers even for a chat that runs on a laptop. */
function addressOf({ endpoint, port, tls }: NonNullable<ClientConfig['ably']>) {
  return { endpoint, port, tlsPort: port, tls, disableConnectivityCheck: true };
}
