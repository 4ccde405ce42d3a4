import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { ManagedPolicy, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Code, Function, type FunctionOptions, Runtime } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { LAMBDA_ENV } from '../names.ts';
import type { MessageDatabase } from './message-database.ts';
import type { Network } from './network.ts';

export interface ChatFunctionProps extends Omit<FunctionOptions, 'vpc' | 'vpcSubnets' | 'role' | 'logGroup'> {
  /** Folder with the bundle, `index.mjs`. */
  readonly folder: string;
  readonly timeoutSeconds: number;
  readonly network: Network;
  readonly database: MessageDatabase;
  /** The secret of the database login with which it connects. */
  readonly login: ISecret;
  /** Connects to the server instead of the proxy. */
  readonly direct?: boolean;
}

/**
 * A Lambda function with access to the database. It runs in the isolated subnets, on arm64 and the
 * newest Node runtime; its role may only write its log and read the secret of its database login.
 */
export class ChatFunction extends Construct {
  readonly function: Function;

  constructor(scope: Construct, id: string, props: ChatFunctionProps) {
    super(scope, id);
    const {
      folder,
      timeoutSeconds,
      network,
      database,
      login,
      direct = false,
      environment,
      ...options
    } = props;
    const securityGroup = new SecurityGroup(this, 'Access', {
      vpc: network.vpc,
      description: `Outbound connections of ${id}`,
    });
    const logGroup = new LogGroup(this, 'Log', {
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      managedPolicies: [
        ManagedPolicy.fromAwsManagedPolicyName('service-role/AWSLambdaVPCAccessExecutionRole'),
      ],
    });
    Validations.of(role).acknowledge({
      id: 'AwsSolutions::AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole]',
      reason:
        'AWS documents this policy for functions inside a VPC; network interfaces have no ARNs to restrict it to.',
    });
    this.function = new Function(this, 'Function', {
      ...options,
      code: Code.fromAsset(folder),
      handler: 'index.handler',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      timeout: Duration.seconds(timeoutSeconds),
      vpc: network.vpc,
      vpcSubnets: network.isolated,
      securityGroups: [securityGroup],
      role,
      logGroup,
      environment: {
        [LAMBDA_ENV.secretId]: login.secretArn,
        [LAMBDA_ENV.host]: direct ? database.host : database.functionsHost,
        [LAMBDA_ENV.port]: String(database.port),
        [LAMBDA_ENV.database]: database.name,
        [LAMBDA_ENV.sslMode]: 'verify-full',
        ...environment,
      },
    });
    login.grantRead(role);
    network.allowSecretsTo(securityGroup);
    if (direct) database.allowFrom(securityGroup);
    else database.allowFunction(securityGroup);
  }
}
