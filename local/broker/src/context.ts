import type { AppRegistry } from './apps/app.ts';
import type { Log } from './log.ts';
import type { Account } from './plan/account.ts';
import type { Timing } from './timing.ts';

/** Shared by all parts of a running broker. */
export interface BrokerContext {
  readonly apps: AppRegistry;
  readonly account: Account;
  readonly timing: Timing;
  readonly log: Log;
  /** Whether programs may create apps. */
  readonly appsOnDemand: boolean;
}
