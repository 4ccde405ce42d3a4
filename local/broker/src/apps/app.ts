import { randomBytes } from 'node:crypto';
import type { ApiKey, FindKey } from '../auth/keys.ts';
import { NonceStore } from '../auth/nonces.ts';
import { Memory } from '../channels/memory.ts';
import { ChannelRegistry } from '../channels/registry.ts';
import { ConnectionRegistry } from '../connections/registry.ts';
import { Code, WireError } from '../errors.ts';
import { limits } from '../limits.ts';
import { Rules, type RulesOptions } from '../rules/rules.ts';
import type { Timing } from '../timing.ts';

export interface AppOptions {
  id: string;
  keys: readonly ApiKey[];
  /** Namespaces (channel names up to the first colon) whose messages are stored for a day. */
  persisted?: ReadonlySet<string>;
  maxMembers?: number | undefined;
  rules?: Omit<RulesOptions, 'appId'>;
  /** That of the registry; default: of its own. */
  memory?: Memory;
}

/** The state of one app id. Apps share nothing. */
export class App {
  readonly id: string;
  readonly keys: ReadonlyMap<string, ApiKey>;
  readonly nonces: NonceStore;
  readonly rules: Rules | undefined;
  readonly channels: ChannelRegistry;
  readonly connections: ConnectionRegistry;

  constructor(options: AppOptions, timing: Timing) {
    const { id, keys, persisted, maxMembers, rules, memory = new Memory() } = options;
    this.id = id;
    this.keys = new Map(keys.map((key) => [key.name, key]));
    this.nonces = new NonceStore(timing.tokenRequestWindow);
    this.rules = rules && new Rules({ ...rules, appId: id });
    this.channels = new ChannelRegistry({
      series: randomBytes(6).toString('hex'),
      persisted: persisted ?? new Set(),
      maxMembers: maxMembers ?? limits.membersPerChannel,
      memory,
      timing,
      onEntry: (channel, entry) => this.rules?.forward(channel, entry),
    });
    this.connections = new ConnectionRegistry(timing);
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

  /** Discards expired nonces, messages and channels. */
  prune(now: number): void {
    for (const { nonces, channels } of this.values()) {
      nonces.prune(now);
      channels.prune(now);
    }
  }
}
