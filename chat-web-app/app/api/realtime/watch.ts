import type { ChannelState, ChannelStateChange, PresenceMessage, RealtimeChannel } from 'ably';
import type { BaseRealtime } from 'ably/modular';
import type { ConnectionStatus, PresenceChange, RealtimeListener } from './types';

export function watchStatus(
  client: BaseRealtime,
  incoming: RealtimeChannel,
  listener: RealtimeListener,
): void {
  let reported: ConnectionStatus | undefined;
  const report = () => {
    const status = overallStatus(client, incoming.state);
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

function overallStatus({ connection }: BaseRealtime, incoming: ChannelState): ConnectionStatus {
  const { state, errorReason } = connection;
  if (state === 'failed' && isLimit(errorReason)) return 'offline'; // see reconnectAfterLimit
  if (state === 'failed' || incoming === 'failed') return 'failed';
  if (state === 'connected') return incoming === 'attached' ? 'live' : 'connecting';
  return state === 'initialized' || state === 'connecting' ? 'connecting' : 'offline';
}

/** ms, up to twice as long: those whom a limit refused must not return together. */
const LIMIT_DELAY = 15_000;

/**
 * Connects again after Ably refused or closed the connection because of a limit, such as the number
 * of connections of the account. The library gives up then.
 */
export function reconnectAfterLimit(
  client: BaseRealtime,
  incoming: RealtimeChannel,
  isCurrent: () => boolean,
): void {
  client.connection.on('failed', ({ reason }) => {
    if (!isLimit(reason)) return;
    setTimeout(
      () => {
        if (!isCurrent()) return;
        client.connect();
        logFailure(incoming.attach()); // which failed together with the connection
      },
      LIMIT_DELAY * (1 + Math.random()),
    );
  });
}

/** By Ably's codes: 429xx rates; 40111 connections and 80021 new connections of the account. */
function isLimit(reason: { code: number } | null | undefined): boolean {
  const code = reason?.code ?? 0;
  return (code >= 42900 && code <= 42999) || code === 40111 || code === 80021;
}

export function watchRows(incoming: RealtimeChannel, listener: RealtimeListener): void {
  // `update`: the attachment was renewed without a detach, for instance after a gap in delivery.
  incoming.on(['attached', 'update'], ({ resumed, reason }: ChannelStateChange) =>
    listener.onAttached({ resumed, truncated: reason !== undefined && reason !== null }),
  );
  logFailure(
    incoming.subscribe(({ id, timestamp, name, data }) => {
      if (name === '[meta]occupancy') listener.onOccupancy(data);
      else listener.onRowChange({ id, timestamp, data: data as unknown });
    }),
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
