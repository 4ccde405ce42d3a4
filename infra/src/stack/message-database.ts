import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { type Connections, type IConnectable, InstanceType, Port, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import {
  AuroraPostgresEngineVersion,
  CaCertificate,
  ClusterInstance,
  Credentials,
  DatabaseCluster,
  DatabaseClusterEngine,
  DatabaseInstance,
  DatabaseInstanceEngine,
  DatabaseProxy,
  ParameterGroup,
  PostgresEngineVersion,
  ProxyTarget,
  StorageType,
} from 'aws-cdk-lib/aws-rds';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { StackSettings } from '../settings.ts';
import type { Network } from './network.ts';

const PORT = 5432;
const DATABASE_NAME = 'chat';
const OWNER = 'chat_owner';

export interface MessageDatabaseProps {
  readonly network: Network;
  readonly settings: StackSettings;
}

/**
 * PostgreSQL with the messages: encrypted, reachable only from this network and only over TLS, backed up, its password made
 * and changed by AWS. One instance to begin with; Aurora Serverless v2 and a proxy for those who outgrow it.
 */
export class MessageDatabase extends Construct {
  readonly name = DATABASE_NAME;
  readonly port = PORT;
  /** Where the connector and the migrations connect: LISTEN and DDL need the server itself. */
  readonly host: string;
  /** Where the functions connect: the proxy, if there is one. */
  readonly functionsHost: string;
  readonly identifier: string;
  readonly secret: ISecret;
  readonly isAurora: boolean;
  /** The instance, or the cluster with its writer: what everything that uses the database must wait for. */
  readonly server: DatabaseInstance | DatabaseCluster;
  readonly proxy: DatabaseProxy | undefined;
  /** Who may connect to the server: the rules in it are made only when the server is up, for they name its port. */
  readonly access: SecurityGroup;

  constructor(scope: Construct, id: string, { network, settings }: MessageDatabaseProps) {
    super(scope, id);
    this.isAurora = settings.DATABASE === 'aurora';
    this.access = new SecurityGroup(this, 'Access', {
      vpc: network.vpc,
      description: 'Who may connect to the messages',
      allowAllOutbound: false,
    });
    const server = this.isAurora ? this.aurora(network, settings) : this.instance(network, settings);
    this.server = server;
    if (!server.secret) throw new Error('The database was made without a secret');
    this.secret = server.secret;
    this.host =
      server instanceof DatabaseCluster ? server.clusterEndpoint.hostname : server.instanceEndpoint.hostname;
    this.identifier =
      server instanceof DatabaseCluster ? server.clusterIdentifier : server.instanceIdentifier;
    this.changePasswordMonthly(network, server);
    this.proxy = settings.DATABASE_PROXY ? this.addProxy(network, server, this.secret) : undefined;
    this.functionsHost = this.proxy?.endpoint ?? this.host;
    Validations.of(server).acknowledge({
      id: 'AwsSolutions::AwsSolutions-RDS11',
      reason:
        'Nobody outside this network can reach the port, so its usual number hides nothing and confuses nobody.',
    });
  }

  /** For the connector and the migrations. */
  allowFrom(peer: IConnectable): void {
    this.server.connections.allowDefaultPortFrom(peer, 'uses the database');
  }

  /** For the functions. */
  allowFunction(peer: IConnectable): void {
    const connections: Connections = (this.proxy ?? this.server).connections;
    connections.allowFrom(peer, Port.tcp(PORT), 'uses the database');
  }

  private instance(network: Network, settings: StackSettings): DatabaseInstance {
    const engine = DatabaseInstanceEngine.postgres({ version: PostgresEngineVersion.VER_18 });
    const instance = new DatabaseInstance(this, 'Instance', {
      ...this.common(network, settings),
      engine,
      instanceType: new InstanceType(settings.DATABASE_INSTANCE),
      parameterGroup: this.tlsOnly(engine),
      databaseName: DATABASE_NAME,
      storageType: StorageType.GP3,
      allocatedStorage: 20,
      maxAllocatedStorage: 200,
      multiAz: settings.DATABASE_MULTI_AZ,
      backupRetention: Duration.days(settings.BACKUP_DAYS),
      deleteAutomatedBackups: false,
      autoMinorVersionUpgrade: true,
      caCertificate: CaCertificate.RDS_CA_RSA2048_G1,
      publiclyAccessible: false,
    });
    if (!settings.DATABASE_MULTI_AZ) {
      Validations.of(instance).acknowledge({
        id: 'AwsSolutions::AwsSolutions-RDS3',
        reason:
          'A second zone doubles the price; DATABASE_MULTI_AZ=true turns it on. Until the instance is back, the queues hold the messages.',
      });
    }
    this.explainUnprotected(instance, settings);
    return instance;
  }

  private aurora(network: Network, settings: StackSettings): DatabaseCluster {
    const engine = DatabaseClusterEngine.auroraPostgres({ version: AuroraPostgresEngineVersion.VER_17_9 });
    const cluster = new DatabaseCluster(this, 'Cluster', {
      ...this.common(network, settings),
      engine,
      parameterGroup: this.tlsOnly(engine),
      defaultDatabaseName: DATABASE_NAME,
      backup: { retention: Duration.days(settings.BACKUP_DAYS) },
      serverlessV2MinCapacity: 0.5,
      serverlessV2MaxCapacity: 8,
      writer: ClusterInstance.serverlessV2('Writer', { caCertificate: CaCertificate.RDS_CA_RSA2048_G1 }),
      readers: settings.DATABASE_MULTI_AZ
        ? [
            ClusterInstance.serverlessV2('Standby', {
              caCertificate: CaCertificate.RDS_CA_RSA2048_G1,
              scaleWithWriter: true,
            }),
          ]
        : [],
    });
    this.explainUnprotected(cluster, settings);
    return cluster;
  }

  private common({ vpc, isolated }: Network, { STAGE }: StackSettings) {
    return {
      vpc,
      vpcSubnets: isolated,
      securityGroups: [this.access],
      port: PORT,
      credentials: Credentials.fromGeneratedSecret(OWNER),
      storageEncrypted: true,
      iamAuthentication: true,
      deletionProtection: STAGE !== 'dev',
      removalPolicy: RemovalPolicy.SNAPSHOT,
      copyTagsToSnapshot: true,
    };
  }

  private tlsOnly(engine: ConstructorParameters<typeof ParameterGroup>[2]['engine']): ParameterGroup {
    return new ParameterGroup(this, 'TlsOnly', {
      engine,
      description: 'Refuses connections without TLS',
      parameters: { 'rds.force_ssl': '1' },
    });
  }

  private addProxy(
    network: Network,
    server: DatabaseInstance | DatabaseCluster,
    secret: ISecret,
  ): DatabaseProxy {
    const proxyTarget =
      server instanceof DatabaseCluster ? ProxyTarget.fromCluster(server) : ProxyTarget.fromInstance(server);
    const securityGroup = new SecurityGroup(this, 'ProxyAccess', {
      vpc: network.vpc,
      description: 'Who may connect to the proxy',
      allowAllOutbound: false,
    });
    const proxy = new DatabaseProxy(this, 'Proxy', {
      proxyTarget,
      secrets: [secret],
      vpc: network.vpc,
      vpcSubnets: network.isolated,
      securityGroups: [securityGroup],
      requireTLS: true,
      borrowTimeout: Duration.seconds(3),
    });
    return proxy;
  }

  /** AWS's own function does it, from inside the network. */
  private changePasswordMonthly(network: Network, server: DatabaseInstance | DatabaseCluster): void {
    const securityGroup = new SecurityGroup(this, 'PasswordChange', {
      vpc: network.vpc,
      description: 'The function that changes the password of the database',
    });
    network.allowSecretsTo(securityGroup);
    server.addRotationSingleUser({
      automaticallyAfter: Duration.days(30),
      // Not at once: the migrations are reading it at that moment.
      rotateImmediatelyOnUpdate: false,
      vpcSubnets: network.isolated,
      securityGroup,
    });
  }

  private explainUnprotected(server: Construct, { STAGE }: StackSettings): void {
    if (STAGE !== 'dev') return;
    Validations.of(server).acknowledge({
      id: 'AwsSolutions::AwsSolutions-RDS10',
      reason:
        'The stage "dev" is made to be thrown away; every other stage is protected. A snapshot stays in any case.',
    });
  }
}
