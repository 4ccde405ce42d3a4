import { randomBytes } from 'node:crypto';
import type { ApiKey } from '../auth/keys.ts';
import { NonceStore } from '../auth/nonces.ts';
import { ChannelRegistry } from '../channels/registry.ts';
import { ConnectionRegistry } from '../connections/registry.ts';
import type { Log } from '../log.ts';
import { Rules, type RuleOptions } from '../rules/rules.ts';
import type { Timing } from '../timing.ts';

/** Everything that belongs to one app id. Apps share nothing. */
export interface App {
  id: string;
  keys: Map<string, ApiKey>;
  nonces: NonceStore;
  channels: ChannelRegistry;
  connections: ConnectionRegistry;
  rules: Rules;
}

export function createApp(id: string, rules: readonly RuleOptions[], timing: Timing, log: Log): App {
  return {
    id,
    keys: new Map(),
    nonces: new NonceStore(timing.tokenRequestWindow),
    channels: new ChannelRegistry(randomBytes(6).toString('hex'), timing),
    connections: new ConnectionRegistry(timing),
    rules: new Rules(rules, timing, log),
  };
}

export class AppRegistry {
  readonly #apps = new Map<string, App>();

  constructor(keys: readonly ApiKey[], makeApp: (id: string) => App) {
    for (const key of keys) {
      const app = this.#apps.get(key.appId) ?? makeApp(key.appId);
      app.keys.set(key.name, key);
      this.#apps.set(key.appId, app);
    }
  }

  all(): App[] {
    return [...this.#apps.values()];
  }

  findKey(name: string): { app: App; key: ApiKey } | undefined {
    const app = this.#apps.get(name.split('.')[0] ?? '');
    const key = app?.keys.get(name);
    return app && key ? { app, key } : undefined;
  }

  /** Forgets what nobody could ask for any more. */
  prune(now: number): void {
    for (const { nonces, channels } of this.#apps.values()) {
      nonces.prune(now);
      channels.prune(now);
    }
  }
}
