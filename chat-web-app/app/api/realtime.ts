import type { ClientConfig, OutgoingName, TokenRequest } from '@chat/contract';
import { REWIND } from '@chat/contract';
import type { BaseRealtime } from 'ably/modular';
import type {
  ConnectionState,
  RealtimeChannel,
  ChannelStateChange,
  InboundMessage,
  PresenceMessage,
} from 'ably';
import { toPublishFailed } from './publish-failure';

/** `live`: connected and attached to both channels, so that the page displays the current state. */
export type ConnectionStatus = 'connecting' | 'live' | 'offline' | 'failed';

export interface PresenceChange {
  kind: 'present' | 'left';
  clientId: string;
  connectionId: string;
  data: unknown;
}

export interface Attachment {
  /** Nothing was missed since the previous attachment. */
  resumed: boolean;
  /** Ably could not replay everything: more had happened than a rewind or resume covers. */
  truncated: boolean;
}

/** A message with Ably's id and timestamp (ms) and its unparsed data. */
export type IncomingMessage = Pick<InboundMessage, 'id' | 'timestamp'> & { data: unknown };

/** Receives what happens on the connection. Data is unparsed: the listener must validate it. */
export interface RealtimeListener {
  onStatus(status: ConnectionStatus, reason?: string): void;
  onRowChange(message: IncomingMessage): void;
  onAttached(attachment: Attachment): void;
  onPresenceChange(change: PresenceChange): void;
  onPresenceSnapshot(members: PresenceChange[]): void;
}

export interface RealtimeOptions {
  clientId: string;
  config: ClientConfig;
  /** Called for every token, also for renewals hours later. */
  requestToken: () => Promise<TokenRequest>;
}

export interface Realtime {
  /**
   * Resolves once the library is loaded and connecting; everything later reaches the listener.
   * Opening again, with a new identity or after a failure, closes the previous client.
   */
  open(options: RealtimeOptions, listener: RealtimeListener): Promise<void>;
  /**
   * Resolves when Ably has acknowledged the message. The library queues it while disconnected.
   * @throws PublishFailed with the kind of rejection
   */
  publish(name: OutgoingName, data: object, id: string): Promise<void>;
  enterPresence(data: object): Promise<void>;
  close(): void;
}

/**
 * ms. Ably's defaults of 15 and 30 seconds are long for a person who reads "Offline". The first
 * attempt is immediate in any case; the library backs off with jitter after that.
 */
const RETRY = { disconnectedRetryTimeout: 3_000, suspendedRetryTimeout: 10_000, channelRetryTimeout: 5_000 };

/** The only module that imports Ably's client library, which is loaded when it is first needed. */
export function createRealtime(): Realtime {
  let client: BaseRealtime | undefined;
  let outgoing: RealtimeChannel | undefined;
  let stopFollowing: (() => void) | undefined;

  function opened(): RealtimeChannel {
    if (!outgoing) throw new Error('The realtime client is not open: call open() first.');
    return outgoing;
  }

  return {
    async open(options, listener) {
      const next = await createClient(options);
      client?.close();
      client = next;
      outgoing = client.channels.get(options.config.channels.outgoing);
      const incoming = client.channels.get(`[?rewind=${REWIND}]${options.config.channels.incoming}`);
      const current = whileCurrent(listener, () => client === next);
      watchStatus(client, [outgoing, incoming], current);
      watchRows(incoming, current);
      watchPresence(outgoing, current);
      stopFollowing?.();
      stopFollowing = followPage(client, [outgoing, incoming]);
      client.connect();
    },
    publish: async (name, data, id) => {
      await opened()
        .publish({ id, name, data })
        .catch((error: unknown) => {
          throw toPublishFailed(error);
        });
    },
    enterPresence: (data) => opened().presence.enter(data),
    close: () => client?.close(),
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
  };
}

async function createClient({ clientId, config, requestToken }: RealtimeOptions): Promise<BaseRealtime> {
  const { BaseRealtime, FetchRequest, RealtimePresence, WebSocketTransport } = await import('ably/modular');
  return new BaseRealtime({
    plugins: { FetchRequest, RealtimePresence, WebSocketTransport },
    autoConnect: false,
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

/** The connectivity check would contact Ably's servers even when the chat runs on a laptop alone. */
function addressOf({ endpoint, port, tls }: NonNullable<ClientConfig['ably']>) {
  return { endpoint, port, tlsPort: port, tls, disableConnectivityCheck: true };
}

function watchStatus(client: BaseRealtime, channels: RealtimeChannel[], listener: RealtimeListener): void {
  let reported: ConnectionStatus | undefined;
  const report = () => {
    const status = overallStatus(client.connection.state, channels);
    if (status === reported) return;
    reported = status;
    const failedChannel = channels.find((channel) => channel.state === 'failed');
    listener.onStatus(status, (failedChannel?.errorReason ?? client.connection.errorReason)?.message);
  };
  client.connection.on(report);
  for (const channel of channels) channel.on(report);
}

/**
 * Closes the connection when the page is left, so that presence updates at once and not when Ably
 * drops the socket. `pagehide` is the only such event on phones. A page restored from the
 * back/forward cache reconnects.
 */
function followPage(client: BaseRealtime, channels: RealtimeChannel[]): () => void {
  const leave = () => client.close();
  const restore = ({ persisted }: PageTransitionEvent) => {
    if (!persisted) return;
    client.connect();
    // Closing detached the channels, and the library reattaches only after an interruption.
    for (const channel of channels) logFailure(channel.attach());
  };
  window.addEventListener('pagehide', leave);
  window.addEventListener('pageshow', restore);
  return () => {
    window.removeEventListener('pagehide', leave);
    window.removeEventListener('pageshow', restore);
  };
}

function overallStatus(connection: ConnectionState, channels: RealtimeChannel[]): ConnectionStatus {
  if (connection === 'failed' || channels.some((channel) => channel.state === 'failed')) return 'failed';
  if (connection === 'connected') {
    return channels.every((channel) => channel.state === 'attached') ? 'live' : 'connecting';
  }
  return connection === 'initialized' || connection === 'connecting' ? 'connecting' : 'offline';
}

function watchRows(incoming: RealtimeChannel, listener: RealtimeListener): void {
  // `update`: the attachment was renewed without a detach, for instance after a gap in delivery.
  incoming.on(['attached', 'update'], ({ resumed, reason }: ChannelStateChange) =>
    listener.onAttached({ resumed, truncated: reason !== undefined && reason !== null }),
  );
  logFailure(
    incoming.subscribe(({ id, timestamp, data }) =>
      listener.onRowChange({ id, timestamp, data: data as unknown }),
    ),
  );
}

function watchPresence(outgoing: RealtimeChannel, listener: RealtimeListener): void {
  outgoing.on(['attached', 'update'], () => {
    outgoing.presence.get({ waitForSync: true }).then(
      (members) => listener.onPresenceSnapshot(members.map(toChange)),
      // Detached again before the presence set was complete: the next attachment fetches it again.
      (error: unknown) => console.info('Reading the presence set failed.', error),
    );
  });
  logFailure(outgoing.presence.subscribe((member) => listener.onPresenceChange(toChange(member))));
}

function toChange({ action, clientId, connectionId, data }: PresenceMessage): PresenceChange {
  return {
    kind: action === 'leave' || action === 'absent' ? 'left' : 'present',
    clientId,
    connectionId,
    data: data as unknown,
  };
}

/** Subscribing attaches the channel; watchStatus reports a failure to the listener. */
function logFailure(attached: Promise<unknown>): void {
  attached.catch((error: unknown) => console.warn('Attaching a channel failed.', error));
}
