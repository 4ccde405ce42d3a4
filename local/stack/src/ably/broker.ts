import { startBroker, type Timing } from '@chat/broker';
import type { Log } from '@chat/processes';
import type { AblyAccount } from './account.ts';
import type { Deliver } from './rule.ts';

export interface LocalAblyOptions {
  port: number;
  key: string;
  /** Channel whose messages the rule delivers. */
  channel: string;
  deliver: Deliver;
  /**
   * File of acknowledged and undelivered messages, so that a broker killed at any moment loses
   * none.
   */
  journal: string;
  timing?: Partial<Timing>;
  log: Log;
}

export interface LocalAbly {
  readonly account: AblyAccount;
  restart(): Promise<void>;
  close(): Promise<void>;
}

/** Starts the broker with one key and one rule, like the Ably app of a deployment. */
export async function startLocalAbly(options: LocalAblyOptions): Promise<LocalAbly> {
  const { port, key, channel, deliver, journal, timing, log } = options;
  const start = () =>
    startBroker({
      port,
      keys: [key],
      origins: 'local',
      appsOnDemand: false,
      journal,
      timing,
      rules: [{ channelFilter: `^${channel.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')}$`, deliver }],
      log(level, event, details) {
        // Level debug has a line for every frame: too much for a log file that people read.
        if (level !== 'debug') log('broker', [level, event, details && JSON.stringify(details)].join(' '));
      },
    });
  let broker = await start();
  return {
    account: { key, endpoint: '127.0.0.1', port: broker.port, tls: false },
    async restart() {
      await broker.close();
      broker = await start();
    },
    close: () => broker.close(),
  };
}
