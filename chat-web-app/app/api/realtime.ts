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

/** `live`: connected and attached to both channels, so that what is shown is what there is. */
export type ConnectionStatus = 'connecting' | 'live' | 'offline' | 'failed';

export interface PresenceChange {
  kind: 'present' | 'left';
  clientId: string;
  connectionId: string;
  data: unknown;
}

export interface Attachment {
  /** Nothing was missed since the attachment before. */
  resumed: boolean;
  /** Ably could not give all of the rewind or resume: more had happened than it replays. */
  truncated: boolean;
}

/** Ably's id and stamp (ms) of a message, and its data as it came. */
export type IncomingMessage = Pick<InboundMessage, 'id' | 'timestamp'> & { data: unknown };

/** What the page hears. Data is passed on as it came: whoever takes it parses it. */
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
  /** Called for every token, also hours later. */
  requestToken: () => Promise<TokenRequest>;
}

export interface Realtime {
  /**
   * Resolves once the library is loaded and connecting; everything else is told to the listener. Opening again, as another
   * person or after a failure, closes what was open.
   */
  open(options: RealtimeOptions, listener: RealtimeListener): Promise<void>;
  /**
   * Resolves when Ably has taken the message. Queued by the library through a short disconnection.
   * @throws PublishFailed with the kind of refusal
   */
  publish(name: OutgoingName, data: object, id: string): Promise<void>;
  enterPresence(data: object): Promise<void>;
  close(): void;
}

/**
 * ms. Ably's own 15 and 30 seconds are long for a person who looks at "offline". The first attempt is immediate in any case,
 * and the library stretches and scatters the later ones.
 */
const RETRY = { disconnectedRetryTimeout: 3_000, suspendedRetryTimeout: 10_000, channelRetryTimeout: 5_000 };

/** The only door to Ably: nothing else in the app knows the library, which is loaded when it is first needed. */
export function createRealtime(): Realtime {
  let client: BaseRealtime | undefined;
  let outgoing: RealtimeChannel | undefined;
  let stopFollowing: (() => void) | undefined;

  function opened(): RealtimeChannel {
    if (!outgoing) throw new Error('Not connected yet: open() comes first.');
    return outgoing;
  }

  return {
    async open(options, listener) {
      const next = await createClient(options);
      client?.close();
      client = next;
      outgoing = client.channels.get(options.config.channels.outgoing);
      const incoming = client.channels.get(`[?rewind=${REWIND}]${options.config.channels.incoming}`);
      const told = whileCurrent(listener, () => client === next);
      watchStatus(client, [outgoing, incoming], told);
      watchRows(incoming, told);
      watchPresence(outgoing, told);
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

/** A client that was replaced has nothing to say any more, not even that it is closed. */
function whileCurrent(listener: RealtimeListener, isCurrent: () => boolean): RealtimeListener {
  return {
    onStatus: (...told) => isCurrent() && listener.onStatus(...told),
    onRowChange: (...told) => isCurrent() && listener.onRowChange(...told),
    onAttached: (...told) => isCurrent() && listener.onAttached(...told),
    onPresenceChange: (...told) => isCurrent() && listener.onPresenceChange(...told),
    onPresenceSnapshot: (...told) => isCurrent() && listener.onPresenceSnapshot(...told),
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

/** The connectivity check asks a server of Ably's, which a chat on somebody's laptop has no business with. */
function addressOf({ endpoint, port, tls }: NonNullable<ClientConfig['ably']>) {
  return { endpoint, port, tlsPort: port, tls, disableConnectivityCheck: true };
}

function watchStatus(client: BaseRealtime, channels: RealtimeChannel[], listener: RealtimeListener): void {
  let told: ConnectionStatus | undefined;
  const tell = () => {
    const status = overallStatus(client.connection.state, channels);
    if (status === told) return;
    told = status;
    const failedChannel = channels.find((channel) => channel.state === 'failed');
    listener.onStatus(status, (failedChannel?.errorReason ?? client.connection.errorReason)?.message);
  };
  client.connection.on(tell);
  for (const channel of channels) channel.on(tell);
}

/**
 * Leaving says goodbye at once, so that others need not wait until the broker gives up on the socket. Phones tell only of
 * `pagehide`; and a page that comes out of the back/forward cache later goes on where it was.
 */
function followPage(client: BaseRealtime, channels: RealtimeChannel[]): () => void {
  const leave = () => client.close();
  const comeBack = ({ persisted }: PageTransitionEvent) => {
    if (!persisted) return;
    client.connect();
    // Closing detached them, and the library attaches again only what was cut off against its will.
    for (const channel of channels) subscribed(channel.attach());
  };
  window.addEventListener('pagehide', leave);
  window.addEventListener('pageshow', comeBack);
  return () => {
    window.removeEventListener('pagehide', leave);
    window.removeEventListener('pageshow', comeBack);
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
  // `update` is an attachment that was renewed without having been lost, such as after a gap in what was delivered.
  incoming.on(['attached', 'update'], ({ resumed, reason }: ChannelStateChange) =>
    listener.onAttached({ resumed, truncated: reason !== undefined && reason !== null }),
  );
  subscribed(
    incoming.subscribe(({ id, timestamp, data }) =>
      listener.onRowChange({ id, timestamp, data: data as unknown }),
    ),
  );
}

function watchPresence(outgoing: RealtimeChannel, listener: RealtimeListener): void {
  outgoing.on(['attached', 'update'], () => {
    outgoing.presence.get({ waitForSync: true }).then(
      (members) => listener.onPresenceSnapshot(members.map(toChange)),
      // Detached again before the list was complete: the next attachment brings the next list.
      (error: unknown) => console.info('The member list was not completed.', error),
    );
  });
  subscribed(outgoing.presence.subscribe((member) => listener.onPresenceChange(toChange(member))));
}

function toChange({ action, clientId, connectionId, data }: PresenceMessage): PresenceChange {
  return {
    kind: action === 'leave' || action === 'absent' ? 'left' : 'present',
    clientId,
    connectionId,
    data: data as unknown,
  };
}

/** Subscribing attaches; that it failed is seen by watchStatus as the channel's state. */
function subscribed(attached: Promise<unknown>): void {
  attached.catch((error: unknown) => console.warn('A channel could not be attached.', error));
}
