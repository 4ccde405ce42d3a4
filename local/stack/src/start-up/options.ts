import type { Timing as BrokerTiming } from '@chat/broker';
import type { Log } from '@chat/processes';
import type { AblyAccount } from '../ably/account.ts';
import type { BrokerSettings } from '../env.ts';
import type { LambdaTiming } from '../lambda/types.ts';
import type { Step } from './steps.ts';

export interface StackOptions {
  /** Folder for data, logs and secrets; default: a temporary one that `close` removes. */
  dataDir?: string;
  /** Default 0: any free port. A port in use is replaced by the next free one. */
  sitePort?: number;
  /** A PostgreSQL database that replaces the embedded one. The stack migrates it. */
  databaseUrl?: string;
  /** An Ably app that replaces the local broker; the stack then replaces the app's rule. */
  ably?: AblyAccount;
  /**
   * How harsh the local broker is; default: as the environment says, else the plan `free`. With
   * `journal`, or without a plan, its rule loses no acknowledged message, unlike one at Ably.
   */
  broker?: Partial<BrokerSettings> & { journal?: boolean };
  /** False omits the page and the Netlify functions. */
  site?: boolean;
  /** True serves the page from Nuxt's development server, with hot reload. */
  dev?: boolean;
  channels?: { outgoing: string; incoming: string };
  /** Additional environment of the Netlify functions, such as `SOURCE_URL`. */
  functionsEnv?: Record<string, string>;
  /** Most messages and edits of an author within a minute; default: no limit. */
  messagesPerMinute?: number | undefined;
  timing?: { broker?: Partial<BrokerTiming>; lambda?: LambdaTiming };
  log?: Log;
  /** Called when a step of the start begins and when it ends. */
  onStep?: (step: Step) => void;
  /** Aborts a start, and stops everything started so far. */
  signal?: AbortSignal;
}

/** The options with every default that several parts need. */
export type ResolvedStackOptions = StackOptions & {
  dataDir: string;
  broker: BrokerSettings & { journal?: boolean };
  channels: { outgoing: string; incoming: string };
  log: Log;
};

/** The running system: the addresses of its parts, and the pids for tests that kill them. */
export interface Stack {
  /** `http://127.0.0.1:port`; empty when the stack runs without the site. */
  readonly site: string;
  readonly ably: { endpoint: string; port: number; key: string };
  /** Address of the database, with its password. */
  readonly postgres: string;
  /** Address of the Lambda host: AWS's Invoke API, and function URLs at `/url/<name>`. */
  readonly lambda: string;
  /** Address that answers 200 while the connector runs. */
  readonly connector: { health: string };
  /** Folder of the dead letters, one JSON file for each. */
  readonly deadLetters: string;
  /** Current pids. Database and connector are restarted, with another pid, when they end. */
  readonly pids: {
    readonly postgres: number | undefined;
    readonly connector: number;
    lambda(functionName: 'chat-writer' | 'chat-history'): readonly number[];
  };
  /** Stops the local broker, which loses its state, and starts another one on the same port. */
  restartBroker(): Promise<void>;
  /** Stops everything, in reverse order of the start. */
  close(): Promise<void>;
}
