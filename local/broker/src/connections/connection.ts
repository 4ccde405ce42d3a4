import { Code, WireError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Principal } from '../auth/authenticate.ts';
import type { Attachment } from '../channels/attachment.ts';
import type { Channel } from '../channels/channel.ts';
import type { PresenceEvent } from '../channels/entry.ts';
import { Recent } from '../channels/recent.ts';
import { Replies } from './replies.ts';
import type { Transport } from './transport.ts';

/**
 * A client's connection. It outlives its transports: identity, answered publishes and presence stay through a drop,
 * while attachments end with the transport and are made anew by the client.
 */
export class Connection {
  readonly id: string;
  readonly replies = new Replies();

  /** Its latest event for each member, by channel and clientId. */
  readonly lastSaid = new Recent<string, PresenceEvent>(limits.rememberedMembers);

  /** By the name that the client uses, with any qualifier. */
  readonly attachments = new Map<string, Attachment>();

  /** Where it has, or had, members. */
  readonly presentOn = new Set<Channel>();
  principal: Principal;
  transport: Transport | undefined;

  constructor(id: string, principal: Principal) {
    this.id = id;
    this.principal = principal;
  }

  get clientId(): string | undefined {
    return this.principal.clientId;
  }

  /**
   * New credentials for the same client. Only who could act as anybody may become somebody.
   * @throws WireError 40102 when they are somebody else's
   */
  reauthenticate(principal: Principal): void {
    const isSame = this.clientId === '*' || this.clientId === principal.clientId;
    if (principal.app !== this.principal.app || !isSame) {
      throw new WireError(Code.incompatibleIdentity, 'The credentials are for another clientId or app');
    }
    this.principal = principal;
  }

  attach(attachment: Attachment): void {
    this.attachments.set(attachment.name, attachment);
    attachment.channel.attachments.add(attachment);
  }

  /** Also makes the members on that channel leave, unless it stays attached under another name. */
  detach(name: string, channel = this.attachments.get(name)?.channel): void {
    const attachment = this.attachments.get(name);
    if (attachment) attachment.channel.attachments.delete(attachment);
    this.attachments.delete(name);
    if (!channel || [...this.attachments.values()].some((other) => other.channel === channel)) return;
    channel.leaveAll(this.id);
    this.presentOn.delete(channel);
  }

  /** Takes the transport away. Members stay for now. */
  drop(): void {
    for (const attachment of this.attachments.values()) attachment.channel.attachments.delete(attachment);
    this.attachments.clear();
    this.transport = undefined;
  }

  leaveAll(): void {
    for (const channel of this.presentOn) channel.leaveAll(this.id);
    this.presentOn.clear();
  }
}
