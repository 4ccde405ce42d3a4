import { Duration } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { Function } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { METRICS } from '../functions/metrics.ts';
import { ChatFunction } from './chat-function.ts';
import type { MessageDatabase } from './message-database.ts';
import type { Network } from './network.ts';

export interface ConnectorWatchProps {
  readonly folder: string;
  readonly network: Network;
  readonly database: MessageDatabase;
  readonly stage: string;
}

/**
 * Counts row changes that wait or were set aside every minute, independently of the connector: a dead
 * one reports nothing.
 */
export class ConnectorWatch extends Construct {
  readonly waitingRows: Metric;
  readonly setAsideRows: Metric;
  readonly function: Function;

  constructor(scope: Construct, id: string, { folder, network, database, stage }: ConnectorWatchProps) {
    super(scope, id);
    const watch = new ChatFunction(this, 'Watch', {
      folder,
      timeoutSeconds: 45,
      description: 'Counts row changes that wait too long to be published',
      memorySize: 128,
      network,
      database,
      login: database.logins.connector,
      direct: true,
      environment: { STAGE: stage },
      retryAttempts: 0,
    });
    this.function = watch.function;
    new Rule(this, 'EveryMinute', {
      schedule: Schedule.rate(Duration.minutes(1)),
      targets: [new LambdaFunction(watch.function, { retryAttempts: 0, maxEventAge: Duration.minutes(1) })],
    });
    const metric = (metricName: string) =>
      new Metric({
        namespace: METRICS.namespace,
        metricName,
        dimensionsMap: { [METRICS.stage]: stage },
        statistic: 'Maximum',
        period: Duration.minutes(1),
      });
    this.waitingRows = metric(METRICS.waitingRows);
    this.setAsideRows = metric(METRICS.setAsideRows);
  }
}
