import { NOT_READY } from '@chat/connector/not-ready';
import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import type { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import {
  Cluster,
  ContainerInsights,
  CpuArchitecture,
  FargateService,
  FargateTaskDefinition,
  LogDrivers,
  OperatingSystemFamily,
  Secret as ContainerSecret,
} from 'aws-cdk-lib/aws-ecs';
import { FilterPattern, LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { METRICS } from '../functions/metrics.ts';
import { CONNECTOR_ENV, connectorRoutes } from '../names.ts';
import type { StackSettings } from '../settings.ts';
import { connectorImage } from './connector-image.ts';
import type { MessageDatabase } from './message-database.ts';
import type { Network } from './network.ts';

const HEALTH_PORT = 8080;

/**
 * Runs inside the container. `/health` answers 200 once the triggers exist and LISTEN is active.
 */
const HEALTH_COMMAND = `fetch('http://127.0.0.1:${HEALTH_PORT}/health').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))`;

export interface ConnectorServiceProps {
  /** Folder that contains `connector/Dockerfile`. */
  readonly context: string;
  readonly network: Network;
  readonly database: MessageDatabase;
  readonly settings: StackSettings;
}

/**
 * The connector on Fargate: two tasks share the channels, so that publishing continues while one is
 * replaced. ECS rolls a deployment back when its tasks do not become healthy.
 */
export class ConnectorService extends Construct {
  readonly cluster: Cluster;
  readonly service: FargateService;
  /** Log lines in which a task says that row changes do not go out; each task repeats its own. */
  readonly notReady: Metric;
  private readonly log: LogGroup;

  constructor(scope: Construct, id: string, { context, network, database, settings }: ConnectorServiceProps) {
    super(scope, id);
    this.cluster = new Cluster(this, 'Cluster', {
      vpc: network.vpc,
      containerInsightsV2: ContainerInsights.ENABLED,
    });
    const securityGroup = new SecurityGroup(this, 'Access', {
      vpc: network.vpc,
      description: 'Outbound only: the connector connects to Ably and the database',
    });
    this.log = new LogGroup(this, 'Log', {
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.notReady = this.countLines(Object.values(NOT_READY), settings.STAGE);
    this.service = new FargateService(this, 'Service', {
      cluster: this.cluster,
      taskDefinition: this.task(context, database, settings),
      desiredCount: 2,
      minHealthyPercent: 100,
      maxHealthyPercent: 200,
      circuitBreaker: { rollback: true },
      vpcSubnets: network.withInternet,
      assignPublicIp: true,
      securityGroups: [securityGroup],
    });
    network.allowSecretsTo(securityGroup);
    database.allowFrom(securityGroup);
  }

  private countLines(messages: readonly string[], stage: string): Metric {
    const filter = this.log.addMetricFilter('NotReady', {
      filterPattern: FilterPattern.any(
        ...messages.map((message) => FilterPattern.stringValue('$.msg', '=', message)),
      ),
      metricNamespace: METRICS.namespace,
      // A metric with a dimension needs one in each line; the stage is part of the name instead.
      metricName: `${METRICS.notReady}-${stage}`,
    });
    return filter.metric({ statistic: 'Sum', period: Duration.minutes(1) });
  }

  private task(context: string, database: MessageDatabase, settings: StackSettings): FargateTaskDefinition {
    const arm = settings.CONNECTOR_CPU === 'arm64';
    if (!settings.ABLY_KEY_SECRET_ARN) throw new Error('The connector needs ABLY_KEY_SECRET_ARN');
    // ECS documents only complete ARNs:
    // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html
    const ablyKey = Secret.fromSecretCompleteArn(this, 'AblyKey', settings.ABLY_KEY_SECRET_ARN);
    const task = new FargateTaskDefinition(this, 'Task', {
      cpu: 256,
      memoryLimitMiB: 512,
      runtimePlatform: {
        cpuArchitecture: arm ? CpuArchitecture.ARM64 : CpuArchitecture.X86_64,
        operatingSystemFamily: OperatingSystemFamily.LINUX,
      },
    });
    task.addContainer('connector', {
      image: connectorImage(this, context, settings),
      readonlyRootFilesystem: true,
      // ECS injects secrets only at start; a new key changes this label and so replaces the tasks.
      ...(settings.ABLY_KEY_NAME && { dockerLabels: { 'ably-key-name': settings.ABLY_KEY_NAME } }),
      environment: {
        [CONNECTOR_ENV.DB_HOST]: database.host,
        [CONNECTOR_ENV.DB_PORT]: String(database.port),
        [CONNECTOR_ENV.DB_NAME]: database.name,
        // Verifies the server against Amazon's authorities, which the connector bundles.
        [CONNECTOR_ENV.DB_SSL]: 'rds',
        [CONNECTOR_ENV.ABLY_CONNECTOR]: connectorRoutes(settings.INCOMING_CHANNEL),
        [CONNECTOR_ENV.HEALTH_PORT]: String(HEALTH_PORT),
      },
      secrets: {
        [CONNECTOR_ENV.DB_USER]: ContainerSecret.fromSecretsManager(database.logins.connector, 'username'),
        [CONNECTOR_ENV.DB_PASSWORD]: ContainerSecret.fromSecretsManager(
          database.logins.connector,
          'password',
        ),
        [CONNECTOR_ENV.ABLY_API_KEY]: ContainerSecret.fromSecretsManager(ablyKey),
      },
      healthCheck: {
        command: ['CMD', 'node', '--eval', HEALTH_COMMAND],
        interval: Duration.seconds(10),
        timeout: Duration.seconds(5),
        retries: 3,
        startPeriod: Duration.seconds(60),
      },
      // The connector exits within 10 s of SIGTERM.
      stopTimeout: Duration.seconds(20),
      logging: LogDrivers.awsLogs({ streamPrefix: 'connector', logGroup: this.log }),
    });
    acknowledgeTaskFindings(task);
    return task;
  }
}

function acknowledgeTaskFindings(task: FargateTaskDefinition): void {
  Validations.of(task).acknowledge(
    {
      id: 'AwsSolutions::AwsSolutions-ECS2',
      reason:
        'Host names, ports and channels are not secret; ECS injects passwords and keys from Secrets Manager.',
    },
    {
      id: 'AwsSolutions::AwsSolutions-IAM5[Resource::*]',
      reason: 'ecr:GetAuthorizationToken, the only action here, has no resource-level permissions.',
    },
  );
}
