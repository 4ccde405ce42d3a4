import { startBroker, type Timing } from '@chat/broker';
import type { Log } from '@chat/processes';
import type { AblyAccount } from './account.ts';
import type { Deliver } from './rule.ts';

export interface LocalAblyOptions {
  port: number;
  key: string;
  /** Whose messages the rule delivers. */
  channel: string;
  deliver: Deliver;
  /** File that keeps what was acknowledged and not delivered yet, so that a broker killed at any moment loses nothing. */
  journal: string;
  timing?: Partial<Timing>;
  log: Log;
}

export interface LocalAbly {
  readonly account: AblyAccount;
  restart(): Promise<void>;
  close(): Promise<void>;
}

/** The broker with one key and one rule, as an Ably app would be set up for this project. */
export async function startLocalAbly(options: LocalAblyOptions): Promise<LocalAbly> {
  const { port, key, channel, deliver, journal, timing, log } = options;
  const start = () =>
    startBroker({
      port,
      keys: [key],
      journal,
      timing,
      rules: [{ channelFilter: `^${channel.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')}$`, deliver }],
      log(level, event, details) {
        // Every frame is told at level debug: too much for a file that somebody reads.
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
