import { Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { RemovalPolicy } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { stackName } from '../names.ts';
import type { StackSettings } from '../settings.ts';
import type { ConnectorWatch } from './connector-watch.ts';
import type { IngestStream } from './ingest-stream.ts';
import type { MessageDatabase } from './message-database.ts';
import type { MessageHistory } from './message-history.ts';
import type { MessageWriter } from './message-writer.ts';
import { databaseSpaceMetric } from './metrics.ts';

export interface AlarmsProps {
  readonly settings: StackSettings;
  readonly writer: MessageWriter;
  readonly history: MessageHistory;
  readonly watch: ConnectorWatch;
  readonly database: MessageDatabase;
  readonly ingest: IngestStream | undefined;
}

interface Condition {
  /** What happened, in one sentence. docs/runbook.md has a heading of the alarm's name. */
  readonly says: string;
  readonly metric: IMetric;
  readonly above?: number;
  readonly below?: number;
  /** How many periods in a row. */
  readonly periods?: number;
  /** What silence means: good news unless said otherwise. */
  readonly silenceIsBad?: boolean;
}

const MINUTE = Duration.minutes(1);
const GIGABYTE = 1024 ** 3;
/** In ms. */
const STREAM_DELAY = 60_000;

function conditions({ writer, history, watch, database, ingest }: AlarmsProps): Record<string, Condition> {
  return {
    DeadLetters: {
      says: 'Messages could not be written and wait in the queue of dead letters.',
      metric: writer.deadLetters.metricApproximateNumberOfMessagesVisible({
        period: MINUTE,
        statistic: 'Maximum',
      }),
    },
    WriterErrors: {
      says: 'chat-writer failed more than five times within five minutes.',
      metric: writer.function.metricErrors({ period: Duration.minutes(5) }),
      above: 5,
    },
    WriterThrottles: {
      says: 'More messages arrived than chat-writer may work on at a time.',
      metric: writer.function.metricThrottles({ period: Duration.minutes(5) }),
    },
    HistoryErrors: {
      says: 'chat-history failed: people who open the page miss the past.',
      metric: history.function.metricErrors({ period: Duration.minutes(5) }),
    },
    ConnectorLag: {
      says: 'Row changes have waited for over ten seconds, three minutes in a row: nobody publishes them, or nobody can tell.',
      metric: watch.waitingRows,
      periods: 3,
      // The watch speaks each minute. When it is silent, the database is out of its reach.
      silenceIsBad: true,
    },
    DatabaseSpace: databaseSpace(database),
    ...(ingest && {
      IngestDelay: {
        says: 'Messages lie in the stream for over a minute before chat-writer takes them.',
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

/** Aurora's storage grows by itself; what can run out there is the capacity that was allowed. */
function databaseSpace(database: MessageDatabase): Condition {
  return database.isAurora
    ? {
        says: 'The database has used more than 90 % of the capacity that it may have for 15 minutes.',
        metric: databaseSpaceMetric(database),
        above: 90,
        periods: 3,
      }
    : {
        says: 'The database has less than 4 GB of disk left.',
        metric: databaseSpaceMetric(database),
        below: 4 * GIGABYTE,
        periods: 3,
      };
}

/** Each tells somebody, by mail where `ALARM_EMAIL` is set, and each has a heading in docs/runbook.md. */
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
    const { says, metric, above = 0, below, periods = 1, silenceIsBad = false } = condition;
    return new Alarm(this, name, {
      alarmName: `${stackName(stage)}-${name}`,
      alarmDescription: `${says} See docs/runbook.md#${name.toLowerCase()}`,
      metric,
      threshold: below ?? above,
      comparisonOperator:
        below === undefined
          ? ComparisonOperator.GREATER_THAN_THRESHOLD
          : ComparisonOperator.LESS_THAN_THRESHOLD,
      evaluationPeriods: periods,
      treatMissingData: silenceIsBad ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
    });
  }

  private topic(email: string | undefined): Topic {
    // A key of our own: the one that SNS brings does not let CloudWatch publish.
    const key = new Key(this, 'Key', {
      description: 'Encrypts what alarms say',
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.DESTROY,
      pendingWindow: Duration.days(7),
    });
    key.grantEncryptDecrypt(new ServicePrincipal('cloudwatch.amazonaws.com'));
    const topic = new Topic(this, 'Topic', { masterKey: key, enforceSSL: true });
    if (email) topic.addSubscription(new EmailSubscription(email));
    return topic;
  }
}
