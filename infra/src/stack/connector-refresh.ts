import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { FargateService } from 'aws-cdk-lib/aws-ecs';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Code, Function, Runtime } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';

export interface ConnectorRefreshProps {
  readonly folder: string;
  readonly service: FargateService;
  readonly databaseSecret: ISecret;
}

/**
 * Checks every five minutes whether the database's password is newer than the connector's tasks.
 * Events about a changed secret would need CloudTrail, which many accounts have not enabled.
 */
export class ConnectorRefresh extends Construct {
  constructor(scope: Construct, id: string, { folder, service, databaseSecret }: ConnectorRefreshProps) {
    super(scope, id);
    const logGroup = new LogGroup(this, 'Log', {
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    // Outside the VPC: it needs only its log and the three calls allowed below.
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(role);
    role.addToPolicy(
      new PolicyStatement({
        actions: ['secretsmanager:DescribeSecret'],
        resources: [databaseSecret.secretArn],
      }),
    );
    role.addToPolicy(
      new PolicyStatement({
        actions: ['ecs:DescribeServices', 'ecs:UpdateService'],
        resources: [service.serviceArn],
      }),
    );
    const refresh = new Function(this, 'Function', {
      code: Code.fromAsset(folder),
      handler: 'index.handler',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      description: 'Replaces the connector’s tasks after the database’s password has changed',
      timeout: Duration.seconds(30),
      role,
      logGroup,
      environment: {
        CLUSTER: service.cluster.clusterName,
        SERVICE: service.serviceName,
        DATABASE_SECRET: databaseSecret.secretArn,
      },
    });
    new Rule(this, 'EveryFiveMinutes', {
      schedule: Schedule.rate(Duration.minutes(5)),
      targets: [new LambdaFunction(refresh, { retryAttempts: 0, maxEventAge: Duration.minutes(5) })],
    });
  }
}
