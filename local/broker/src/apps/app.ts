import { randomBytes } from 'node:crypto';
import type { ApiKey, FindKey } from '../auth/keys.ts';
import { NonceStore } from '../auth/nonces.ts';
import { Memory } from '../channels/memory.ts';
import { ChannelRegistry } from '../channels/registry.ts';
import { messageSerial } from '../channels/serial.ts';
import { ConnectionRegistry } from '../connections/registry.ts';
import { Code, WireError } from '../errors.ts';
import { Account } from '../plan/account.ts';
import { Rules, type Loss, type RulesOptions } from '../rules/rules.ts';
import type { Timing } from '../timing.ts';

export interface AppOptions {
  id: string;
  keys: readonly ApiKey[];
  /** Namespaces (channel names up to the first colon) whose messages are stored for a day. */
  persisted?: ReadonlySet<string>;
  maxMembers?: number | undefined;
  rules?: Omit<RulesOptions, 'appId'>;
  /** Those of the registry; default: of its own, without limits. */
  account?: Account;
  memory?: Memory;
}

/** The state of one app id. Apps share nothing. */
export class App {
  readonly id: string;
  readonly account: Account;
  readonly keys: ReadonlyMap<string, ApiKey>;
  readonly nonces: NonceStore;
  readonly rules: Rules | undefined;
  readonly channels: ChannelRegistry;
  readonly connections: ConnectionRegistry;

  constructor(options: AppOptions, timing: Timing) {
    const { id, keys, persisted, maxMembers, rules } = options;
    const { account = Account.unlimited(), memory = new Memory() } = options;
    this.id = id;
    this.account = account;
    this.keys = new Map(keys.map((key) => [key.name, key]));
    this.nonces = new NonceStore(timing.tokenRequestWindow);
    this.rules = rules && new Rules({ ...rules, appId: id, account, onLost: (loss) => this.#logLoss(loss) });
    this.channels = new ChannelRegistry({
      series: randomBytes(6).toString('hex'),
      persisted: persisted ?? new Set(),
      maxMembers: maxMembers ?? account.plan.presenceMembers,
      memory,
      account,
      timing,
      onEntry: (channel, entry) => this.rules?.forward(channel, entry),
    });
    this.connections = new ConnectionRegistry(timing, account);
  }

  /**
   * Announces a lost delivery where Ably does. Ably documents the channel, but not the shape of its
   * messages.
   */
  #logLoss({ rule, channel, ids, reason }: Loss): void {
    this.account.lostDeliveries += 1;
    const id = randomBytes(9).toString('base64url');
    const data = JSON.stringify({ error: reason.toWire(), ruleId: rule, channel, messageIds: ids });
    const message = { id: `${id}:0`, name: 'integration.failed', data, encoding: 'json' };
    this.channels
      .get('[meta]log')
      .publish({ id, size: data.length }, (serial, timestamp) => [
        { ...message, serial: messageSerial(serial, 0), timestamp },
      ]);
  }
}

/** The apps by id. */
export class AppRegistry extends Map<string, App> {
  /** What the channels of all apps share. */
  readonly memory = new Memory();

  readonly findKey: FindKey = (name) => this.get(name.split('.')[0] ?? '')?.keys.get(name);

  /** @throws WireError 40400 when the app was deleted after `findKey` returned its key */
  ownerOf(key: ApiKey): App {
    const app = this.get(key.appId);
    if (app?.keys.get(key.name) === key) return app;
    throw new WireError(Code.notFound, `The app of key "${key.name}" was deleted`);
  }

  /** Returns the number of channels with attachments. */
  activeChannels(): number {
    return [...this.values()].reduce((sum, { channels }) => sum + channels.active(), 0);
  }

  /** Discards expired nonces, revocations, messages and channels. */
  prune(now: number): void {
    for (const { nonces, channels, keys } of this.values()) {
      nonces.prune(now);
      for (const { revocations } of keys.values()) revocations?.prune(now);
      channels.prune(now);
    }
  }
}
