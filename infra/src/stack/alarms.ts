import { Aws, Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import { stackName } from '../names.ts';
import type { StackSettings } from '../settings.ts';
import type { ConnectorService } from './connector-service.ts';
import type { ConnectorWatch } from './connector-watch.ts';
import type { IngestStream } from './ingest-stream.ts';
import type { MessageDatabase } from './message-database.ts';
import type { MessageHistory } from './message-history.ts';
import type { MessageWriter } from './message-writer.ts';

export interface AlarmsProps {
  readonly settings: StackSettings;
  readonly writer: MessageWriter;
  readonly history: MessageHistory;
  readonly watch: ConnectorWatch;
  readonly connector: ConnectorService | undefined;
  readonly database: MessageDatabase;
  readonly ingest: IngestStream | undefined;
}

interface Condition {
  /** What happened, in one sentence. docs/runbook.md has a heading with the alarm's name. */
  readonly summary: string;
  readonly metric: IMetric;
  /** @default 0, unless `below` is set */
  readonly above?: number;
  readonly below?: number;
  /** How many periods in a row. @default 1 */
  readonly periods?: number;
  /** @default false: a missing value counts as healthy */
  readonly missingDataIsBreaching?: boolean;
}

const MINUTE = Duration.minutes(1);
const GIGABYTE = 1024 ** 3;
/** In ms. */
const STREAM_DELAY = 60_000;

/** Name and threshold of every alarm. */
function conditions({
  writer,
  history,
  watch,
  connector,
  database,
  ingest,
}: AlarmsProps): Record<string, Condition> {
  return {
    DeadLetters: {
      summary: 'chat-writer could not write some messages; they wait in the dead letter queue.',
      metric: writer.deadLetters.metricApproximateNumberOfMessagesVisible({
        period: MINUTE,
        statistic: 'Maximum',
      }),
    },
    WriterErrors: {
      summary: 'chat-writer failed more than five times within five minutes.',
      metric: writer.metricFailures(Duration.minutes(5)),
      above: 5,
    },
    WriterThrottles: {
      summary: 'More messages arrived than chat-writer may process at a time.',
      metric: writer.function.metricThrottles({ period: Duration.minutes(5) }),
    },
    HistoryErrors: {
      summary: 'chat-history failed: visitors see new messages only.',
      metric: history.metricFailures(Duration.minutes(5)),
    },
    ConnectorLag: {
      summary:
        'For three minutes, row changes have stayed unpublished for over ten seconds, or could not be counted.',
      metric: watch.waitingRows,
      periods: 3,
      // The watch writes a value every minute unless it cannot reach the database.
      missingDataIsBreaching: true,
    },
    ConnectorSetAside: {
      summary: 'Row changes were set aside, because they can never be published as they are.',
      metric: watch.setAsideRows,
    },
    ...(connector && {
      ConnectorNotReady: {
        summary: 'For three minutes, a connector has said in its log that row changes do not go out.',
        metric: connector.notReady,
        periods: 3,
      },
    }),
    DatabaseSpace: databaseSpace(database),
    ...(ingest && {
      IngestDelay: {
        summary: 'Messages stay in the stream for over a minute before chat-writer reads them.',
        metric: ingest.stream.metricGetRecordsIteratorAgeMilliseconds({
          period: MINUTE,
          statistic: 'Maximum',
        }),
        above: STREAM_DELAY,
        periods: 3,
      },
    }),
  };
}

/** Aurora's storage grows automatically; its limit is the configured capacity. */
function databaseSpace(database: MessageDatabase): Condition {
  return database.isAurora
    ? {
        summary: 'For 15 minutes, the database has used more than 90 % of its maximum capacity.',
        metric: database.metricSpace(),
        above: 90,
        periods: 3,
      }
    : {
        summary: 'The database has less than 4 GB of free disk space.',
        metric: database.metricSpace(),
        below: 4 * GIGABYTE,
        periods: 3,
      };
}

/** Each alarm notifies a topic, with `ALARM_EMAIL` as its subscriber when set. */
export class Alarms extends Construct {
  readonly all: readonly Alarm[];

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    const { settings } = props;
    const action = new SnsAction(this.topic(settings.ALARM_EMAIL));
    this.all = Object.entries(conditions(props)).map(([name, condition]) => {
      const alarm = this.alarm(name, condition, settings.STAGE);
      alarm.addAlarmAction(action);
      alarm.addOkAction(action);
      return alarm;
    });
  }

  private alarm(name: string, condition: Condition, stage: string): Alarm {
    const { summary, metric, above = 0, below, periods = 1, missingDataIsBreaching = false } = condition;
    return new Alarm(this, name, {
      alarmName: `${stackName(stage)}-${name}`,
      alarmDescription: `${summary} See docs/runbook.md#${name.toLowerCase()}`,
      metric,
      threshold: below ?? above,
      comparisonOperator:
        below === undefined
          ? ComparisonOperator.GREATER_THAN_THRESHOLD
          : ComparisonOperator.LESS_THAN_THRESHOLD,
      evaluationPeriods: periods,
      treatMissingData: missingDataIsBreaching ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
    });
  }

  private topic(email: string | undefined): Topic {
    // Only for alarms of this account: https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
    const cloudWatch = new ServicePrincipal('cloudwatch.amazonaws.com', {
      conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
    });
    // The AWS managed key of SNS does not allow CloudWatch to publish.
    const key = new Key(this, 'Key', {
      description: 'Encrypts alarm notifications',
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.DESTROY,
      pendingWindow: Duration.days(7),
    });
    key.grant(cloudWatch, 'kms:Decrypt', 'kms:GenerateDataKey*');
    const topic = new Topic(this, 'Topic', { masterKey: key, enforceSSL: true });
    // `enforceSSL` creates a topic policy, which replaces the default one that allows the account.
    topic.grantPublish(cloudWatch);
    if (email) topic.addSubscription(new EmailSubscription(email));
    return topic;
  }
}
