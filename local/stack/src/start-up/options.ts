import type { Timing as BrokerTiming } from '@chat/broker';
import type { Log } from '@chat/processes';
import type { AblyAccount } from '../ably/account.ts';
import type { LambdaTiming } from '../lambda/types.ts';
import type { Step } from './steps.ts';

export interface StackOptions {
  /** Where data, logs and secrets are kept; without it a folder that `close` removes. */
  dataDir?: string;
  /** 0, the default, takes any free port; a busy one is replaced by the next free one. */
  sitePort?: number;
  /** A PostgreSQL of your own in place of the embedded one. It is migrated. */
  databaseUrl?: string;
  /** An Ably app in place of the local broker; the stack then stands in for its rule. */
  ably?: AblyAccount;
  /** False leaves out the page and the Netlify functions. */
  site?: boolean;
  /** The page from Nuxt's development server, with hot reload. */
  dev?: boolean;
  channels?: { outgoing: string; incoming: string };
  /** Further environment of the Netlify functions, such as `SOURCE_URL`. */
  functionsEnv?: Record<string, string>;
  timing?: { broker?: Partial<BrokerTiming>; lambda?: LambdaTiming };
  log?: Log;
  /** Told when a step of the start begins and ends. */
  onStep?: (step: Step) => void;
  /** Gives up a start that is under way; everything started so far is stopped. */
  signal?: AbortSignal;
}

export type ResolvedStackOptions = StackOptions & {
  dataDir: string;
  channels: { outgoing: string; incoming: string };
  log: Log;
};

/** The running system: where its parts are, and what a test needs to make one of them fall. */
export interface Stack {
  /** `http://127.0.0.1:port`; empty when the stack runs without the site. */
  readonly site: string;
  readonly ably: { endpoint: string; port: number; key: string };
  /** Address of the database, with its password. */
  readonly postgres: string;
  /** Address of the Lambda host: AWS's Invoke API, and function URLs at `/url/<name>`. */
  readonly lambda: string;
  /** Where the connector answers 200 while it lives. */
  readonly connector: { health: string };
  /** Folder of the dead letters, one JSON file each. */
  readonly deadLetters: string;
  /** Processes as they are now: those of database and connector are replaced when they end. */
  readonly pids: {
    readonly postgres: number | undefined;
    readonly connector: number;
    lambda(functionName: 'chat-writer' | 'chat-history'): readonly number[];
  };
  /** Ends the local broker with all that it remembers, and starts another on the same port. */
  restartBroker(): Promise<void>;
  /** Stops everything, in reverse order of starting. */
  close(): Promise<void>;
}
