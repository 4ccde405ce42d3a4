import { startBroker, type PlanName, type Timing } from '@chat/broker';
import type { Log } from '@chat/processes';
import type { AblyAccount } from './account.ts';
import type { Deliver } from './rule.ts';

export interface LocalAblyOptions {
  port: number;
  key: string;
  /** Channel whose messages the rule delivers. */
  channel: string;
  deliver: Deliver;
  plan: PlanName;
  /** The share (0 to 1) of acknowledged messages that the rule loses on purpose. */
  ruleLoss: number;
  /**
   * File of acknowledged and undelivered messages, so that a broker killed at any moment loses none,
   * unlike Ably. Absent: the rule loses messages as Ably documents.
   */
  journal: string | undefined;
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
  const { port, key, channel, deliver, plan, ruleLoss, journal, timing, log } = options;
  const channelFilter = `^${channel.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')}$`;
  const start = () =>
    startBroker({
      port,
      keys: [key],
      origins: 'local',
      appsOnDemand: false,
      plan,
      ...(journal !== undefined && { journal }),
      timing,
      rules: [{ channelFilter, deliver, lossShare: ruleLoss }],
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
