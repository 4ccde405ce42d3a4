import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Stream, StreamEncryption, StreamMode } from 'aws-cdk-lib/aws-kinesis';
import { type Function, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { KinesisEventSource, SqsDlq } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

export interface IngestStreamProps {
  readonly writer: Function;
  readonly deadLetters: IQueue;
}

/**
 * For high volume: Ably writes into a stream and the writer takes batches out of it, up to a hundred messages with each round
 * trip to the database. Only what failed in a batch is tried again.
 */
export class IngestStream extends Construct {
  readonly stream: Stream;

  constructor(scope: Construct, id: string, { writer, deadLetters }: IngestStreamProps) {
    super(scope, id);
    this.stream = new Stream(this, 'Stream', {
      streamMode: StreamMode.ON_DEMAND,
      encryption: StreamEncryption.MANAGED,
      // A dead letter of a stream does not hold the messages but says where they lie: so long somebody can fetch them.
      retentionPeriod: Duration.days(7),
      removalPolicy: RemovalPolicy.DESTROY,
    });
    writer.addEventSource(
      new KinesisEventSource(this.stream, {
        startingPosition: StartingPosition.TRIM_HORIZON,
        batchSize: 100,
        maxBatchingWindow: Duration.millis(0),
        parallelizationFactor: 2,
        reportBatchItemFailures: true,
        bisectBatchOnError: true,
        retryAttempts: 10,
        maxRecordAge: Duration.hours(6),
        onFailure: new SqsDlq(deadLetters),
      }),
    );
  }
}
