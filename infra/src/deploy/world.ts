import type { AblyApp, AblyKey, ControlApi } from '../ably/control-api.ts';
import type { Aws } from '../aws/aws.ts';
import { OUTPUTS } from '../names.ts';
import type { Site, NetlifyApi, Team } from '../netlify/netlify-api.ts';
import type { DeploySettings } from '../settings.ts';
import type { SmokeTest } from '../smoke/smoke-test.ts';
import type { Change } from './change.ts';
import type { Programs } from './processes.ts';

/** Everything outside that a deployment talks to. */
export interface World {
  readonly settings: DeploySettings;
  readonly ably: ControlApi;
  readonly netlify: NetlifyApi;
  readonly aws: Aws;
  readonly programs: Programs;
  readonly smokeTest: SmokeTest;
  /** Status that an address answers with; it may belong to somebody else. */
  readonly statusOf: (url: string) => Promise<number>;
  readonly say: (line: string) => void;
  /** @returns what the person typed, without the end of the line */
  readonly ask: (question: string) => Promise<string>;
}

/** What the steps before have found or made. Nothing of it is kept in a file: the next run looks again. */
export interface Facts {
  ablyAccount?: string;
  app?: AblyApp;
  authKey?: AblyKey;
  connectorKey?: AblyKey;
  awsAccount?: string;
  outputs?: Readonly<Record<string, string>>;
  team?: Team;
  site?: Site;
}

/** One of the things that a deployment consists of. Both calls look first, so each may come at any time, again and again. */
export interface Step {
  readonly name: string;
  /** Changes nothing. */
  plan(facts: Facts): Promise<Change[]>;
  /** @returns what is the case now, in a few words */
  run(facts: Facts): Promise<string>;
}

/** @throws Error when a step was left out before */
export function known<Value>(value: Value | undefined, what: string): Value {
  if (value === undefined) throw new Error(`${what} is not known here: the step before it has not run.`);
  return value;
}

/** Before the stack is deployed, and when it is older than what is asked for, it does not tell everything. */
export function hasOutputs({ outputs }: Facts, ...names: (keyof typeof OUTPUTS)[]): boolean {
  return names.every((name) => outputs?.[OUTPUTS[name]] !== undefined);
}

/** @throws Error when the stack does not tell it */
export function outputOf({ outputs }: Facts, name: keyof typeof OUTPUTS): string {
  const value = outputs?.[OUTPUTS[name]];
  if (value === undefined) throw new Error(`The stack has no output ${OUTPUTS[name]}: deploy it once more.`);
  return value;
}
