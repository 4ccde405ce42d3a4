import type { Principal } from '../auth/authenticate.ts';
import type { Attachment } from '../channels/attachment.ts';
import type { Channel } from '../channels/channel.ts';
import type { PresenceEvent } from '../channels/entry.ts';
import { Code, WireError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { ConnectionLimits } from '../plan/connection-limits.ts';
import { BoundedMap } from './bounded-map.ts';
import { Replies } from './replies.ts';
import type { Transport } from './transport.ts';

/**
 * A client's connection. Identity, replies and presence members survive the loss of a transport;
 * attachments end with it, and the client attaches again.
 */
export class Connection {
  readonly id: string;
  /** Absent in a plan without limits. */
  readonly limits: ConnectionLimits | undefined;
  readonly replies = new Replies();

  /** The latest event of each of its presence members, by channel and clientId. */
  readonly latestPresence = new BoundedMap<string, PresenceEvent>(limits.rememberedMembers);

  /** By the channel name that the client uses, including any qualifier. */
  readonly attachments = new Map<string, Attachment>();

  /** Channels on which it may have presence members. */
  readonly presentOn = new Set<Channel>();
  principal: Principal;
  transport: Transport | undefined;

  constructor(id: string, principal: Principal, rates?: ConnectionLimits) {
    this.id = id;
    this.limits = rates;
    this.principal = principal;
  }

  get clientId(): string | undefined {
    return this.principal.clientId;
  }

  /**
   * Replaces the credentials. The clientId must stay the same; only a wildcard may become specific.
   * @throws WireError 40102
   */
  reauthenticate(principal: Principal): void {
    const isSameClient = this.clientId === '*' || this.clientId === principal.clientId;
    if (principal.key.appId !== this.principal.key.appId || !isSameClient) {
      throw new WireError(Code.incompatibleIdentity, 'The credentials belong to another clientId or app');
    }
    this.principal = principal;
  }

  attach(attachment: Attachment): void {
    this.attachments.set(attachment.name, attachment);
    attachment.channel.attach(attachment);
  }

  /** Ends an attachment. Its members leave unless the channel stays attached under another name. */
  detach(name: string, channel = this.attachments.get(name)?.channel): void {
    const attachment = this.attachments.get(name);
    if (attachment) attachment.channel.detach(attachment);
    this.attachments.delete(name);
    if (!channel || [...this.attachments.values()].some((other) => other.channel === channel)) return;
    channel.leaveAll(this.id);
    this.presentOn.delete(channel);
  }

  /** Removes the transport and the attachments. Presence members stay until `leaveAll`. */
  drop(): void {
    for (const attachment of this.attachments.values()) attachment.channel.detach(attachment);
    this.attachments.clear();
    this.transport = undefined;
  }

  leaveAll(): void {
    for (const channel of this.presentOn) channel.leaveAll(this.id);
    this.presentOn.clear();
  }
}
