import { Duration } from 'aws-cdk-lib';
import { MathExpression, Metric, type IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import type { Function } from 'aws-cdk-lib/aws-lambda';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Validations } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { reservedExecutions } from '../concurrency.ts';
import { FUNCTION_TIMEOUT_SECONDS, LAMBDA_ENV, LAMBDA_METRICS } from '../names.ts';
import type { StackSettings } from '../settings.ts';
import { ChatFunction } from './chat-function.ts';
import type { MessageDatabase } from './message-database.ts';
import type { Network } from './network.ts';

export interface MessageWriterProps {
  readonly folder: string;
  readonly network: Network;
  readonly database: MessageDatabase;
  readonly settings: StackSettings;
}

/**
 * chat-writer, which Ably's rule invokes. AWS retries a failed event twice, then sends it with the
 * reason to the dead letter queue, which keeps it for two weeks.
 */
export class MessageWriter extends Construct {
  readonly function: Function;
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string, { folder, network, database, settings }: MessageWriterProps) {
    super(scope, id);
    this.deadLetters = new Queue(this, 'DeadLetters', {
      retentionPeriod: Duration.days(14),
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
    });
    Validations.of(this.deadLetters).acknowledge({
      id: 'AwsSolutions::AwsSolutions-SQS3',
      reason: 'This queue is itself the dead letter queue.',
    });
    const reserved = reservedExecutions(settings);
    const limit = settings.MESSAGES_PER_MINUTE;
    const writer = new ChatFunction(this, 'Writer', {
      folder,
      timeoutSeconds: FUNCTION_TIMEOUT_SECONDS,
      description: 'Writes what an Ably rule sends into the database',
      memorySize: 512,
      network,
      database,
      login: database.logins.writer,
      ...(reserved && { reservedConcurrentExecutions: reserved.writer }),
      retryAttempts: 2,
      maxEventAge: Duration.hours(6),
      onFailure: new SqsDestination(this.deadLetters),
      environment: limit === undefined ? {} : { [LAMBDA_ENV.messagesPerMinute]: String(limit) },
    });
    this.function = writer.function;
  }

  /**
   * Failed invocations, without those that fail only because an edit arrived before its message.
   * AWS retries those, and anyone can cause them by publishing edits of messages that never were.
   */
  metricFailures(period: Duration): IMetric {
    const { namespace, dimension, targetMissing } = LAMBDA_METRICS;
    return new MathExpression({
      expression: 'errors - FILL(targetMissing, 0)',
      label: 'Failures',
      period,
      usingMetrics: {
        errors: this.function.metricErrors({ period }),
        targetMissing: new Metric({
          namespace,
          metricName: targetMissing,
          dimensionsMap: { [dimension]: this.function.functionName },
          statistic: 'Sum',
          period,
        }),
      },
    });
  }
}
