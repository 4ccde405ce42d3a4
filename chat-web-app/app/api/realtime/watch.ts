import type {
  ChannelState,
  ChannelStateChange,
  ConnectionState,
  PresenceMessage,
  RealtimeChannel,
} from 'ably';
import type { BaseRealtime } from 'ably/modular';
import type { ConnectionStatus, PresenceChange, RealtimeListener } from './types';

export function watchStatus(
  client: BaseRealtime,
  incoming: RealtimeChannel,
  listener: RealtimeListener,
): void {
  let reported: ConnectionStatus | undefined;
  const report = () => {
    const status = overallStatus(client.connection.state, incoming.state);
    if (status === reported) return;
    reported = status;
    const channelReason = incoming.state === 'failed' ? incoming.errorReason : null;
    listener.onStatus(status, (channelReason ?? client.connection.errorReason)?.message);
  };
  client.connection.on(report);
  incoming.on(report);
}

/**
 * Closes the connection when the page is left, so that presence updates at once and not when Ably
 * drops the socket. `pagehide` is the only such event on phones. A page restored from the
 * back/forward cache reconnects.
 */
export function followPage(client: BaseRealtime, incoming: RealtimeChannel): () => void {
  const leave = () => client.close();
  const restore = ({ persisted }: PageTransitionEvent) => {
    if (!persisted) return;
    client.connect();
    // Closing detached the channel, and the library reattaches only after an interruption.
    logFailure(incoming.attach());
  };
  window.addEventListener('pagehide', leave);
  window.addEventListener('pageshow', restore);
  return () => {
    window.removeEventListener('pagehide', leave);
    window.removeEventListener('pageshow', restore);
  };
}

function overallStatus(connection: ConnectionState, incoming: ChannelState): ConnectionStatus {
  if (connection === 'failed' || incoming === 'failed') return 'failed';
  if (connection === 'connected') return incoming === 'attached' ? 'live' : 'connecting';
  return connection === 'initialized' || connection === 'connecting' ? 'connecting' : 'offline';
}

export function watchRows(incoming: RealtimeChannel, listener: RealtimeListener): void {
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

/** ms. A message stays in the rewind for two minutes, and fails each attachment until then. */
const REATTACH_DELAY = 5_000;

/**
 * Attaches again after a message that the library could not decode, which ends an attachment. Only
 * a holder of the connector's key can publish one.
 */
export function reattachAfterDecodingError(incoming: RealtimeChannel, isCurrent: () => boolean): void {
  incoming.on('failed', ({ reason }: ChannelStateChange) => {
    const isDecodingError = reason !== undefined && reason.code >= 40013 && reason.code <= 40021;
    if (!isDecodingError) return;
    setTimeout(() => {
      if (isCurrent()) logFailure(incoming.attach());
    }, REATTACH_DELAY);
  });
}

export function watchPresence(incoming: RealtimeChannel, listener: RealtimeListener): void {
  incoming.on(['attached', 'update'], () => {
    incoming.presence.get({ waitForSync: true }).then(
      (members) => listener.onPresenceSnapshot(members.map(toChange)),
      // Detached again before the presence set was complete: the next attachment fetches it again.
      (error: unknown) => console.info('Reading the presence set failed.', error),
    );
  });
  logFailure(incoming.presence.subscribe((member) => listener.onPresenceChange(toChange(member))));
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
