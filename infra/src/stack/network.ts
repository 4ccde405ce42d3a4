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
 * Two zones. The database and the functions live where no road leads to or from the internet; only the connector, which must
 * reach Ably, has an address of its own, and nothing may connect to it. So no NAT gateway is needed (some 35 $ a month each).
 */
export class Network extends Construct {
  readonly vpc: Vpc;
  /** Without a road to the internet. */
  readonly isolated: SubnetSelection = { subnetType: SubnetType.PRIVATE_ISOLATED };
  readonly withInternet: SubnetSelection = { subnetType: SubnetType.PUBLIC };
  /** The way to the secrets, with who may take it. */
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

  /** Its name in this network leads to the endpoint for everybody, so whoever reads a secret needs this. */
  allowSecretsTo(reader: IConnectable): void {
    this.secrets.connections.allowDefaultPortFrom(reader, 'reads its secrets');
  }
}
