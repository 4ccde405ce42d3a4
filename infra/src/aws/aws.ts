/**
 * What the deployment asks of AWS, beside what the CDK does. `createAws` answers it with AWS's own SDK.
 */
export interface Aws {
  /** @throws AwsError when there are no credentials, or they are refused */
  identity(): Promise<{ account: string; arn: string }>;
  /** The actions among them that the identity may not do; undefined when it may not even ask. */
  deniedActions(arn: string, permissions: readonly Permission[]): Promise<string[] | undefined>;
  /** How many executions of functions no function has reserved for itself. */
  unreservedConcurrency(): Promise<number>;
  /** @returns undefined when there is none of that name */
  stack(name: string): Promise<StackState | undefined>;
  setTerminationProtection(stackName: string, enabled: boolean): Promise<void>;

  /** @returns undefined when there is none of that name */
  readSecret(id: string): Promise<string | undefined>;
  createSecret(name: string, value: string): Promise<void>;
  updateSecret(name: string, value: string): Promise<void>;
  deleteSecret(name: string): Promise<void>;

  serviceState(cluster: string, service: string): Promise<{ running: number; desired: number }>;
  /** Looks at up to ten dead letters and leaves them where they are. */
  peekDeadLetters(queueUrl: string): Promise<{ count: number; reasons: string[] }>;
  /** The newest value of the metric within ten minutes; undefined when nobody wrote one. */
  latestMetric(query: MetricQuery): Promise<number | undefined>;
  /** @returns undefined when there is no such role */
  roleTrust(roleArn: string): Promise<string | undefined>;
  /** @returns undefined when there is no such function */
  functionState(name: string): Promise<string | undefined>;

  setDeletionProtection(database: string, aurora: boolean, enabled: boolean): Promise<void>;
  /** Snapshots of this database that somebody, or its deletion, has left. */
  snapshots(database: string, aurora: boolean): Promise<string[]>;
}

export interface Permission {
  /** `service:Action` */
  readonly action: string;
  /** An arn, or `*` for an action that knows no resources. */
  readonly resource: string;
}

export interface StackState {
  readonly status: string;
  readonly outputs: Readonly<Record<string, string>>;
}

export interface MetricQuery {
  readonly namespace: string;
  readonly metric: string;
  readonly dimension: { readonly name: string; readonly value: string };
}

/** A call to AWS failed. The message says which, in AWS's words, and what to try. */
export class AwsError extends Error {
  override name = 'AwsError' as const;
}
