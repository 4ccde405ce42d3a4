import {
  CloudFormationClient,
  DescribeStacksCommand,
  paginateListStacks,
  UpdateTerminationProtectionCommand,
} from '@aws-sdk/client-cloudformation';
import { CloudWatchClient, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { DescribeServicesCommand, ECSClient } from '@aws-sdk/client-ecs';
import { GetRoleCommand, IAMClient, SimulatePrincipalPolicyCommand } from '@aws-sdk/client-iam';
import {
  GetAccountSettingsCommand,
  GetFunctionConfigurationCommand,
  LambdaClient,
} from '@aws-sdk/client-lambda';
import {
  DescribeDBClusterSnapshotsCommand,
  DescribeDBSnapshotsCommand,
  ModifyDBClusterCommand,
  ModifyDBInstanceCommand,
  RDSClient,
} from '@aws-sdk/client-rds';
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { GetQueueAttributesCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import type { Aws } from './aws.ts';
import { describeDeadLetter } from './dead-letter.ts';
import { withErrorContext, undefinedIf } from './errors.ts';

/** In ms. */
const METRIC_WINDOW = 600_000;

/** Replaces what AWS's own settings say, for a local server. */
interface Connection {
  readonly endpoint?: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly maxAttempts?: number;
}

/**
 * Implements Aws with the AWS SDK and the default credential chain, which the AWS command line uses
 * too.
 */
export function createAws(region: string, connection: Connection = {}): Aws {
  const options = { region, ...connection };
  const sts = new STSClient(options);
  const iam = new IAMClient(options);
  const lambda = new LambdaClient(options);
  const formation = new CloudFormationClient(options);
  const secrets = new SecretsManagerClient(options);
  const ecs = new ECSClient(options);
  const sqs = new SQSClient(options);
  const watch = new CloudWatchClient(options);
  const rds = new RDSClient(options);

  return withErrorContext({
    async identity() {
      const { Account: account = '', Arn: arn = '' } = await sts.send(new GetCallerIdentityCommand());
      return { account, arn };
    },
    async deniedActions(arn, permissions) {
      // One simulation per resource: a simulation of several denies an action that any one of them
      // lacks.
      const simulations = [...Map.groupBy(permissions, ({ resource }) => resource)].map(([resource, group]) =>
        iam.send(
          new SimulatePrincipalPolicyCommand({
            PolicySourceArn: toRole(arn),
            ActionNames: group.map(({ action }) => action),
            ResourceArns: [resource],
          }),
        ),
      );
      // Simulating needs a permission of its own; without it the deployment goes on unchecked.
      const results = await Promise.all(simulations).catch(() => undefined);
      return results
        ?.flatMap(({ EvaluationResults = [] }) => EvaluationResults)
        .filter(({ EvalDecision }) => EvalDecision !== 'allowed')
        .map(({ EvalActionName = '' }) => EvalActionName);
    },
    async unreservedConcurrency() {
      const { AccountLimit } = await lambda.send(new GetAccountSettingsCommand());
      return AccountLimit?.UnreservedConcurrentExecutions ?? 0;
    },
    async stack(name) {
      const command = new DescribeStacksCommand({ StackName: name });
      const answer = await undefinedIf('ValidationError', () => formation.send(command));
      const [stack] = answer?.Stacks ?? [];
      // A stack in review has only a change set that was never executed; `cdk deploy` replaces it.
      if (!stack || stack.StackStatus === 'REVIEW_IN_PROGRESS') return undefined;
      const outputs = (stack.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [
        OutputKey,
        OutputValue,
      ]);
      return {
        status: stack.StackStatus ?? 'unknown',
        outputs: Object.fromEntries(outputs) as Record<string, string>,
      };
    },
    async stackNames(prefix) {
      const names: string[] = [];
      // Not DescribeStacks, which without a name needs the permission for both.
      for await (const { StackSummaries = [] } of paginateListStacks({ client: formation }, {})) {
        for (const { StackName = '', StackStatus } of StackSummaries) {
          // Also lists what was deleted in the last 90 days; a stack in review was never created.
          const exists = StackStatus !== 'DELETE_COMPLETE' && StackStatus !== 'REVIEW_IN_PROGRESS';
          if (exists && StackName.startsWith(prefix)) names.push(StackName);
        }
      }
      return names;
    },
    async setTerminationProtection(StackName, EnableTerminationProtection) {
      await formation.send(
        new UpdateTerminationProtectionCommand({ StackName, EnableTerminationProtection }),
      );
    },

    async readSecret(SecretId, VersionStage = 'AWSCURRENT') {
      const command = new GetSecretValueCommand({ SecretId, VersionStage });
      return (await undefinedIf('ResourceNotFoundException', () => secrets.send(command)))?.SecretString;
    },
    async secretArn(SecretId) {
      // Not DescribeSecret, which would need another permission.
      const command = new GetSecretValueCommand({ SecretId });
      return (await undefinedIf('ResourceNotFoundException', () => secrets.send(command)))?.ARN;
    },
    async createSecret(Name, SecretString) {
      await secrets.send(new CreateSecretCommand({ Name, SecretString }));
    },
    async updateSecret(SecretId, SecretString) {
      await secrets.send(new PutSecretValueCommand({ SecretId, SecretString }));
    },
    async deleteSecret(SecretId) {
      // Without recovery window: a secret scheduled for deletion blocks its name for the next
      // deployment.
      const command = new DeleteSecretCommand({ SecretId, ForceDeleteWithoutRecovery: true });
      await undefinedIf('ResourceNotFoundException', () => secrets.send(command));
    },

    async serviceState(cluster, service) {
      const { services } = await ecs.send(new DescribeServicesCommand({ cluster, services: [service] }));
      const [{ runningCount: running = 0, desiredCount: desired = 0 } = {}] = services ?? [];
      return { running, desired };
    },
    async peekDeadLetters(QueueUrl) {
      const attributes = new GetQueueAttributesCommand({
        QueueUrl,
        AttributeNames: ['ApproximateNumberOfMessages'],
      });
      const count = Number((await sqs.send(attributes)).Attributes?.['ApproximateNumberOfMessages'] ?? 0);
      if (count === 0) return { count, reasons: [] };
      // Visibility timeout 0: a peek must not hide the letters from `npm run redrive`.
      const receive = new ReceiveMessageCommand({
        QueueUrl,
        MaxNumberOfMessages: 10,
        VisibilityTimeout: 0,
        WaitTimeSeconds: 2,
      });
      const { Messages = [] } = await sqs.send(receive);
      return { count, reasons: Messages.map(({ Body = '' }) => describeDeadLetter(Body)) };
    },
    async latestMetric({ namespace, metric, dimension }) {
      const now = Date.now();
      const Metric = {
        Namespace: namespace,
        MetricName: metric,
        Dimensions: [{ Name: dimension.name, Value: dimension.value }],
      };
      const command = new GetMetricDataCommand({
        StartTime: new Date(now - METRIC_WINDOW),
        EndTime: new Date(now),
        ScanBy: 'TimestampDescending',
        MetricDataQueries: [{ Id: 'latest', MetricStat: { Metric, Period: 60, Stat: 'Maximum' } }],
      });
      return (await watch.send(command)).MetricDataResults?.[0]?.Values?.[0];
    },
    async roleTrust(roleArn) {
      const command = new GetRoleCommand({ RoleName: roleArn.split('/').at(-1) });
      const answer = await undefinedIf('NoSuchEntityException', () => iam.send(command));
      const policy = answer?.Role?.AssumeRolePolicyDocument;
      return policy === undefined ? undefined : decodeURIComponent(policy);
    },
    async functionState(FunctionName) {
      const command = new GetFunctionConfigurationCommand({ FunctionName });
      return (await undefinedIf('ResourceNotFoundException', () => lambda.send(command)))?.State;
    },

    async setDeletionProtection(id, aurora, DeletionProtection) {
      const now = { DeletionProtection, ApplyImmediately: true };
      if (aurora) await rds.send(new ModifyDBClusterCommand({ DBClusterIdentifier: id, ...now }));
      else await rds.send(new ModifyDBInstanceCommand({ DBInstanceIdentifier: id, ...now }));
    },
    async snapshots(id, aurora) {
      if (aurora) {
        const { DBClusterSnapshots = [] } = await rds.send(
          new DescribeDBClusterSnapshotsCommand({ DBClusterIdentifier: id }),
        );
        return DBClusterSnapshots.map(({ DBClusterSnapshotIdentifier = '' }) => DBClusterSnapshotIdentifier);
      }
      const { DBSnapshots = [] } = await rds.send(
        new DescribeDBSnapshotsCommand({ DBInstanceIdentifier: id }),
      );
      return DBSnapshots.map(({ DBSnapshotIdentifier = '' }) => DBSnapshotIdentifier);
    },
  });
}

/**
 * Converts a session's ARN, `…:sts::1:assumed-role/name/session`, to that of its role,
 * `…:iam::1:role/name`.
 */
export function toRole(arn: string): string {
  const match = /^arn:([\w-]+):sts::(\d+):assumed-role\/([^/]+)\//.exec(arn);
  return match ? `arn:${match[1]}:iam::${match[2]}:role/${match[3]}` : arn;
}
