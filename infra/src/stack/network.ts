import { RemovalPolicy } from 'aws-cdk-lib';
import {
  FlowLogDestination,
  FlowLogTrafficType,
  type IConnectable,
  type InterfaceVpcEndpoint,
  InterfaceVpcEndpointAwsService,
  type SubnetSelection,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';

/**
 * A VPC in two zones. The database and the functions have no route to or from the internet. Only
 * the connector, which must reach Ably, has a public address, and its security group allows no
 * inbound connection. This saves a NAT gateway (about 35 $ a month each).
 */
export class Network extends Construct {
  readonly vpc: Vpc;
  readonly isolated: SubnetSelection = { subnetType: SubnetType.PRIVATE_ISOLATED };
  readonly withInternet: SubnetSelection = { subnetType: SubnetType.PUBLIC };
  /** Endpoint of Secrets Manager, closed except for `allowSecretsTo`. */
  readonly secrets: InterfaceVpcEndpoint;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.vpc = new Vpc(this, 'Vpc', {
      maxAzs: 2,
      natGateways: 0,
      subnetConfiguration: [
        { name: 'Public', subnetType: SubnetType.PUBLIC, cidrMask: 24, mapPublicIpOnLaunch: false },
        { name: 'Isolated', subnetType: SubnetType.PRIVATE_ISOLATED, cidrMask: 24 },
      ],
    });
    const rejected = new LogGroup(this, 'RejectedTraffic', {
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.vpc.addFlowLog('Rejected', {
      trafficType: FlowLogTrafficType.REJECT,
      destination: FlowLogDestination.toCloudWatchLogs(rejected),
    });
    this.secrets = this.vpc.addInterfaceEndpoint('Secrets', {
      service: InterfaceVpcEndpointAwsService.SECRETS_MANAGER,
      subnets: this.isolated,
      open: false,
    });
  }

  /**
   * Required by every reader of a secret: inside the VPC, Secrets Manager's name resolves to the
   * endpoint.
   */
  allowSecretsTo(reader: IConnectable): void {
    this.secrets.connections.allowDefaultPortFrom(reader, 'reads its secrets');
  }
}
