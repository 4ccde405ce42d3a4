import type { AppRegistry } from './apps/app.ts';
import type { Log } from './log.ts';
import type { Timing } from './timing.ts';

/** What every part of one running broker shares. */
export interface BrokerContext {
  readonly apps: AppRegistry;
  readonly timing: Timing;
  readonly log: Log;
}
