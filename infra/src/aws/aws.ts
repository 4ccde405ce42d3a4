/** The AWS calls that the deployment makes beside the CDK's. Each throws AwsError. */
export interface Aws {
  identity(): Promise<{ account: string; arn: string }>;
  /** Returns the denied actions, or undefined when the identity may not simulate policies. */
  deniedActions(arn: string, permissions: readonly Permission[]): Promise<string[] | undefined>;
  /** Returns the Lambda executions of the account that no function has reserved. */
  unreservedConcurrency(): Promise<number>;
  /** @returns undefined when no such stack exists */
  stack(name: string): Promise<StackState | undefined>;
  /** Returns the names of all stacks in the account and region that begin with the prefix. */
  stackNames(prefix: string): Promise<string[]>;
  setTerminationProtection(stackName: string, enabled: boolean): Promise<void>;

  /** @returns undefined when no such secret exists, or no value before the present one */
  readSecret(id: string, version?: 'AWSCURRENT' | 'AWSPREVIOUS'): Promise<string | undefined>;
  /** @returns undefined when no such secret exists */
  secretArn(id: string): Promise<string | undefined>;
  createSecret(name: string, value: string): Promise<void>;
  updateSecret(name: string, value: string): Promise<void>;
  deleteSecret(name: string): Promise<void>;

  serviceState(cluster: string, service: string): Promise<{ running: number; desired: number }>;
  /** Reads up to ten dead letters and leaves them visible to other consumers. */
  peekDeadLetters(queueUrl: string): Promise<{ count: number; reasons: string[] }>;
  /** @returns the newest value of the last ten minutes, or undefined when there is none */
  latestMetric(query: MetricQuery): Promise<number | undefined>;
  /** @returns the trust policy as JSON, or undefined when no such role exists */
  roleTrust(roleArn: string): Promise<string | undefined>;
  /** @returns undefined when no such function exists */
  functionState(name: string): Promise<string | undefined>;

  setDeletionProtection(database: string, aurora: boolean, enabled: boolean): Promise<void>;
  /** Returns the ids of all snapshots of this database, manual and final ones. */
  snapshots(database: string, aurora: boolean): Promise<string[]>;
}

export interface Permission {
  /** `service:Action` */
  readonly action: string;
  /** An ARN, or `*` for an action without resource-level permissions. */
  readonly resource: string;
}

interface StackState {
  readonly status: string;
  readonly outputs: Readonly<Record<string, string>>;
}

interface MetricQuery {
  readonly namespace: string;
  readonly metric: string;
  readonly dimension: { readonly name: string; readonly value: string };
}
