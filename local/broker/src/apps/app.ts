import { randomBytes } from 'node:crypto';
import type { ApiKey } from '../auth/keys.ts';
import { NonceStore } from '../auth/nonces.ts';
import { ChannelRegistry } from '../channels/registry.ts';
import { ConnectionRegistry } from '../connections/registry.ts';
import { limits } from '../limits.ts';
import { Rules, type RulesOptions } from '../rules/rules.ts';
import type { Timing } from '../timing.ts';

export interface AppSettings {
  id: string;
  keys: readonly ApiKey[];
  /** Namespaces (the part of a channel's name before the first colon) that keep their past for a day. */
  persisted?: ReadonlySet<string>;
  maxMembers?: number | undefined;
  rules?: Omit<RulesOptions, 'appId'>;
}

/** Everything that belongs to one app id. Apps share nothing. */
export class App {
  readonly id: string;
  readonly keys: ReadonlyMap<string, ApiKey>;
  readonly nonces: NonceStore;
  readonly rules: Rules | undefined;
  readonly channels: ChannelRegistry;
  readonly connections: ConnectionRegistry;

  constructor({ id, keys, persisted, maxMembers, rules }: AppSettings, timing: Timing) {
    this.id = id;
    this.keys = new Map(keys.map((key) => [key.name, key]));
    this.nonces = new NonceStore(timing.tokenRequestWindow);
    this.rules = rules && new Rules({ ...rules, appId: id });
    this.channels = new ChannelRegistry({
      series: randomBytes(6).toString('hex'),
      persisted: persisted ?? new Set(),
      maxMembers: maxMembers ?? limits.membersPerChannel,
      timing,
      onEntry: (channel, entry) => this.rules?.forward(channel, entry),
    });
    this.connections = new ConnectionRegistry(timing);
  }
}

/** The apps by their ids. */
export class AppRegistry extends Map<string, App> {
  findKey(name: string): { app: App; key: ApiKey } | undefined {
    const app = this.get(name.split('.')[0] ?? '');
    const key = app?.keys.get(name);
    return app && key ? { app, key } : undefined;
  }

  /** Forgets what nobody could ask for any more. */
  prune(now: number): void {
    for (const { nonces, channels } of this.values()) {
      nonces.prune(now);
      channels.prune(now);
    }
  }
}
