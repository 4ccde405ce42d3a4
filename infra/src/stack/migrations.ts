import { CfnResource, CustomResource, Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Provider } from 'aws-cdk-lib/custom-resources';
import { Construct } from 'constructs';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ChatFunction } from './chat-function.ts';
import type { MessageDatabase } from './message-database.ts';
import type { StackSettings } from '../settings.ts';
import type { Network } from './network.ts';

export interface MigrationsProps {
  readonly folder: string;
  readonly network: Network;
  readonly database: MessageDatabase;
  readonly settings: StackSettings;
}

/**
 * Applies `sql/` and creates the parts' database logins during a deployment, before CloudFormation
 * changes anything that uses them.
 * When a file fails, its transaction is rolled back, the deployment fails with PostgreSQL's error,
 * and CloudFormation rolls the stack back.
 */
export class Migrations extends Construct {
  private readonly applied: CustomResource;

  constructor(scope: Construct, id: string, { folder, network, database, settings }: MigrationsProps) {
    super(scope, id);
    const { writer, history, connector } = database.logins;
    const channel = settings.CONNECTOR === 'fargate' ? settings.INCOMING_CHANNEL : undefined;
    const migrate = new ChatFunction(this, 'Migrate', {
      folder,
      timeoutSeconds: 300,
      description: 'Applies sql/ to the database during a deployment',
      memorySize: 256,
      network,
      database,
      login: database.secret,
      direct: true,
      environment: {
        WRITER_LOGIN_ARN: writer.secretArn,
        HISTORY_LOGIN_ARN: history.secretArn,
        CONNECTOR_LOGIN_ARN: connector.secretArn,
        ...(channel && { INCOMING_CHANNEL: channel }),
      },
    });
    for (const login of [writer, history, connector]) login.grantRead(migrate.function);
    const provider = new Provider(this, 'Provider', {
      onEventHandler: migrate.function,
      logGroup: new LogGroup(this, 'Log', {
        retention: RetentionDays.ONE_MONTH,
        removalPolicy: RemovalPolicy.DESTROY,
      }),
    });
    this.applied = new CustomResource(this, 'Applied', {
      serviceToken: provider.serviceToken,
      resourceType: 'Custom::ChatMigrations',
      // CloudFormation calls the function only when a property changes.
      properties: { migrations: hashSqlFiles(folder), ...(channel && { channel }) },
      serviceTimeout: Duration.minutes(10),
    });
    // The function connects once. The database, its secret's endpoint and the security group rules
    // must exist before.
    this.applied.node.addDependency(database.server, database.access, network.secrets, migrate);
    acknowledgeFrameworkFindings(provider, resourceOf(migrate.function));
  }

  /** Creates and changes these constructs only after the migrations. */
  before(...users: readonly Construct[]): void {
    // Between resources: a dependency between constructs would be circular through their security
    // groups.
    for (const user of users) resourceOf(user).addResourceDependency(resourceOf(this.applied));
  }
}

/** Returns the construct's main resource. An ECS service does not name it as the default child. */
function resourceOf({ node }: Construct): CfnResource {
  const resource = node.defaultChild ?? node.tryFindChild('Service');
  if (!(resource instanceof CfnResource)) throw new Error(`${node.path} has no main resource`);
  return resource;
}

/** Hashes all SQL files. @param folder contains `migrations`, `functions`, `logins.sql` */
export function hashSqlFiles(folder: string): string {
  const hash = createHash('sha256');
  for (const kind of ['migrations', 'functions']) {
    for (const name of readdirSync(join(folder, kind)).sort())
      hash.update(name).update(readFileSync(join(folder, kind, name)));
  }
  hash.update(readFileSync(join(folder, 'logins.sql')));
  return hash.digest('hex').slice(0, 32);
}

/**
 * The CDK's framework function responds to CloudFormation, which the isolated function cannot
 * reach.
 */
function acknowledgeFrameworkFindings(provider: Provider, called: CfnResource): void {
  const id = Stack.of(called).getLogicalId(called);
  const reason = 'The CDK defines the role and the runtime of its provider framework.';
  Validations.of(provider).acknowledge(
    { id: 'AwsSolutions::AwsSolutions-L1', reason },
    {
      id: 'AwsSolutions::AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]',
      reason,
    },
    { id: `AwsSolutions::AwsSolutions-IAM5[Resource::<${id}.Arn>:*]`, reason },
  );
}
