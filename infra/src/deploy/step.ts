import type { AblyApp, AblyKey } from '../ably/control-api.ts';
import { OUTPUTS } from '../names.ts';
import type { Site, Team } from '../netlify/netlify-api.ts';
import type { Change } from '../change.ts';

/**
 * What earlier steps found or created. It is never stored: the next deployment looks everything up
 * again.
 */
export interface Facts {
  ablyAccount?: string;
  app?: AblyApp;
  authKey?: AblyKey;
  connectorKey?: AblyKey;
  /** ARN of the secret with the connector's key. */
  connectorSecret?: string;
  awsAccount?: string;
  /** What builds the connector's image when CONNECTOR_IMAGE is not set. */
  connectorImage?: 'docker' | 'codebuild';
  /** CloudFormation outputs of the deployed stack; an older stack may lack some. */
  outputs?: Readonly<Record<string, string>>;
  team?: Team;
  site?: Site;
}

/** Brings one part of a deployment to its desired state. Both methods are idempotent. */
export interface Step {
  readonly name: string;
  /** Compares the desired state with the clouds and changes nothing. */
  plan(facts: Facts): Promise<Change[]>;
  /** Applies the desired state and returns a one-line summary. */
  apply(facts: Facts): Promise<string>;
}

/** @throws Error when the step that sets this fact has not run */
export function requireFact<Value>(value: Value | undefined, name: string): Value {
  if (value === undefined) throw new Error(`${name} is missing: the step that creates it has not run.`);
  return value;
}

/**
 * Returns false before the first deployment of the stack, or when the deployed stack lacks an
 * output.
 */
export function hasOutputs({ outputs }: Facts, ...names: (keyof typeof OUTPUTS)[]): boolean {
  return names.every((name) => outputs?.[OUTPUTS[name]] !== undefined);
}

/** @throws Error when the deployed stack lacks the output */
export function requireOutput({ outputs }: Facts, name: keyof typeof OUTPUTS): string {
  const value = outputs?.[OUTPUTS[name]];
  if (value === undefined) throw new Error(`The stack has no output ${OUTPUTS[name]}: deploy it again.`);
  return value;
}
