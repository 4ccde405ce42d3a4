import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import type { Metric } from 'aws-cdk-lib/aws-cloudwatch';
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
import { addLogins, type DatabaseLogins, rotatePasswordsMonthly } from './database-logins.ts';
import type { Network } from './network.ts';

const PORT = 5432;
const DATABASE_NAME = 'chat';
const OWNER = 'chat_owner';

export interface MessageDatabaseProps {
  readonly network: Network;
  readonly settings: StackSettings;
}

/**
 * The PostgreSQL database: encrypted, reachable only inside the VPC and only over TLS, backed up,
 * with passwords that AWS generates and rotates. By default a single instance; Aurora Serverless
 * v2 and RDS Proxy are options for growth.
 */
export class MessageDatabase extends Construct {
  readonly name = DATABASE_NAME;
  readonly port = PORT;
  /** For the connector and the migrations: LISTEN and DDL need the server, not the proxy. */
  readonly host: string;
  /** For the functions: the proxy when there is one, else the server. */
  readonly functionsHost: string;
  readonly identifier: string;
  /** Of the owner of the tables, for the migrations only. */
  readonly secret: ISecret;
  /** The login of each part, with the rights that sql/logins.sql grants. */
  readonly logins: DatabaseLogins;
  readonly isAurora: boolean;
  readonly server: DatabaseInstance | DatabaseCluster;
  readonly proxy: DatabaseProxy | undefined;
  /** Its rules refer to the server's port, so CloudFormation creates them after the server. */
  readonly access: SecurityGroup;

  constructor(scope: Construct, id: string, { network, settings }: MessageDatabaseProps) {
    super(scope, id);
    this.isAurora = settings.DATABASE === 'aurora';
    this.access = new SecurityGroup(this, 'Access', {
      vpc: network.vpc,
      description: 'Inbound connections to the database',
      allowAllOutbound: false,
    });
    const server = this.isAurora ? this.aurora(network, settings) : this.instance(network, settings);
    this.server = server;
    if (!server.secret) throw new Error('The database has no secret');
    this.secret = server.secret;
    this.host =
      server instanceof DatabaseCluster ? server.clusterEndpoint.hostname : server.instanceEndpoint.hostname;
    this.identifier =
      server instanceof DatabaseCluster ? server.clusterIdentifier : server.instanceIdentifier;
    this.logins = addLogins(this, server, this.secret);
    rotatePasswordsMonthly(this, { network, server, logins: this.logins });
    // Only the functions connect through the proxy.
    const { writer, history } = this.logins;
    this.proxy = settings.DATABASE_PROXY ? this.addProxy(network, server, [writer, history]) : undefined;
    this.functionsHost = this.proxy?.endpoint ?? this.host;
    Validations.of(server).acknowledge({
      id: 'AwsSolutions::AwsSolutions-RDS11',
      reason: 'The port is unreachable from outside the VPC, so an unusual number would add no protection.',
    });
  }

  /** Allows the connector and the migrations to connect to the server. */
  allowFrom(peer: IConnectable): void {
    this.server.connections.allowDefaultPortFrom(peer, 'uses the database');
  }

  /** Allows a function to connect to `functionsHost`. */
  allowFunction(peer: IConnectable): void {
    const connections: Connections = (this.proxy ?? this.server).connections;
    connections.allowFrom(peer, Port.tcp(PORT), 'uses the database');
  }

  /** Free bytes of an instance, or percent of the capacity that Aurora may use. */
  metricSpace(): Metric {
    return this.server.metric(this.isAurora ? 'ACUUtilization' : 'FreeStorageSpace', {
      period: Duration.minutes(5),
      statistic: this.isAurora ? 'Maximum' : 'Minimum',
    });
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
          'A second zone doubles the price; DATABASE_MULTI_AZ=true enables it. During an outage the queues keep the messages.',
      });
    }
    this.acknowledgeUnprotected(instance, settings);
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
    this.acknowledgeUnprotected(cluster, settings);
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
    secrets: ISecret[],
  ): DatabaseProxy {
    const proxyTarget =
      server instanceof DatabaseCluster ? ProxyTarget.fromCluster(server) : ProxyTarget.fromInstance(server);
    const securityGroup = new SecurityGroup(this, 'ProxyAccess', {
      vpc: network.vpc,
      description: 'Inbound connections to the proxy',
      allowAllOutbound: false,
    });
    return new DatabaseProxy(this, 'Proxy', {
      proxyTarget,
      secrets,
      vpc: network.vpc,
      vpcSubnets: network.isolated,
      securityGroups: [securityGroup],
      requireTLS: true,
      borrowTimeout: Duration.seconds(3),
    });
  }

  private acknowledgeUnprotected(server: Construct, { STAGE }: StackSettings): void {
    if (STAGE !== 'dev') return;
    Validations.of(server).acknowledge({
      id: 'AwsSolutions::AwsSolutions-RDS10',
      reason:
        'The stage "dev" is disposable; every other stage is protected. Deletion always leaves a snapshot.',
    });
  }
}
