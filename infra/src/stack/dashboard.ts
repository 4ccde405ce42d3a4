import { AlarmStatusWidget, Dashboard, GraphWidget, type IWidget } from 'aws-cdk-lib/aws-cloudwatch';
import { Aws, Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { stackName } from '../names.ts';
import type { Alarms, AlarmsProps } from './alarms.ts';

export interface ChatDashboardProps extends AlarmsProps {
  readonly alarms: Alarms;
}

/**
 * A CloudWatch dashboard in the order in which a message travels: functions, outbox, database,
 * stream.
 */
export class ChatDashboard extends Construct {
  readonly url: string;

  constructor(scope: Construct, id: string, props: ChatDashboardProps) {
    super(scope, id);
    const dashboardName = stackName(props.settings.STAGE);
    new Dashboard(this, 'Dashboard', { dashboardName, widgets: rows(props) });
    this.url = `https://${Aws.REGION}.console.aws.amazon.com/cloudwatch/home?region=${Aws.REGION}#dashboards:name=${dashboardName}`;
  }
}

function rows({ alarms, writer, history, watch, database, ingest }: ChatDashboardProps): IWidget[][] {
  const half = { width: 12, height: 6 };
  return [
    [new AlarmStatusWidget({ title: 'Alarms', alarms: [...alarms.all], width: 24, height: 3 })],
    [
      new GraphWidget({
        ...half,
        title: 'chat-writer',
        left: [
          writer.function.metricInvocations(),
          writer.function.metricErrors(),
          writer.function.metricThrottles(),
        ],
        right: [writer.function.metricDuration({ statistic: 'p99' })],
      }),
      new GraphWidget({
        ...half,
        title: 'chat-history',
        left: [history.function.metricInvocations(), history.metricFailures(Duration.minutes(5))],
        right: [history.function.metricDuration({ statistic: 'p99' })],
      }),
    ],
    [
      new GraphWidget({
        ...half,
        title: 'Row changes stuck in the outbox',
        left: [watch.waitingRows, watch.setAsideRows],
      }),
      new GraphWidget({
        ...half,
        title: 'Dead letters',
        left: [writer.deadLetters.metricApproximateNumberOfMessagesVisible()],
      }),
    ],
    [
      new GraphWidget({
        ...half,
        title: 'Database',
        left: [database.server.metricCPUUtilization()],
        right: [database.server.metricDatabaseConnections()],
      }),
      new GraphWidget({
        ...half,
        title: database.isAurora ? 'Database: capacity used, %' : 'Database: free bytes',
        left: [database.metricSpace()],
      }),
    ],
    ...(ingest
      ? [
          [
            new GraphWidget({
              ...half,
              title: 'Stream',
              left: [ingest.stream.metricIncomingRecords()],
              right: [ingest.stream.metricGetRecordsIteratorAgeMilliseconds()],
            }),
          ],
        ]
      : []),
  ];
}
