import type { ClientConfig, OutgoingName, TokenRequest } from '@chat/contract';
import type { InboundMessage } from 'ably';

/** `live`: connected and attached to the incoming channel, so the page shows the current state. */
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
  /** After watchOccupancy: the metrics of the channel, now and with each change. */
  onOccupancy(data: unknown): void;
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
  /** @throws PresenceFull when the presence set has no room for another member */
  enterPresence(data: object): Promise<void>;
  /** Subscribes to the number of connections on the channel, from now on. */
  watchOccupancy(): void;
  /** Leaves presence. Nothing reaches the listener until the next open(). */
  close(): void;
}
