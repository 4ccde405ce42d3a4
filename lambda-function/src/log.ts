import { escapeControls } from '@chat/contract';
import type { Context } from 'aws-lambda';
import { METRICS } from './metrics.ts';

/** The part of AWS's invocation context that the functions use. */
export type LambdaContext = Pick<Context, 'awsRequestId' | 'functionName'>;

type Fields = Readonly<Record<string, unknown>>;
type Level = 'info' | 'warn' | 'error';

export type Log = Record<Level, (event: string, fields?: Fields) => void>;

/**
 * Logs one JSON object per line, ready for CloudWatch Logs Insights; AWS adds the time. Callers
 * pass ids, counts and reasons, never the text of a message.
 */
export function createLog({ awsRequestId }: LambdaContext): Log {
  // Not console.log: on AWS it prefixes each line, which is then no longer JSON.
  const write = (level: Level) => (event: string, fields?: Fields) =>
    // JSON leaves characters that end a line elsewhere or reverse it as they are.
    void process.stdout.write(
      `${escapeControls(JSON.stringify({ level, event, requestId: awsRequestId, ...fields }))}\n`,
    );
  return { info: write('info'), warn: write('warn'), error: write('error') };
}

/** The metrics of a function and their CloudWatch units. */
type Units<Name extends string> = Readonly<Record<Name, 'Count' | 'Milliseconds'>>;

/**
 * Returns a function that turns an invocation's numbers into log fields in CloudWatch's embedded
 * metric format, which needs no call to AWS. The only dimension is the function's name.
 *
 * Written by hand: Powertools for AWS would add 10 kB to the zip of chat-writer, past its 60 kB
 * limit.
 */
export function defineMetrics<Name extends string>(units: Units<Name>) {
  const Metrics = Object.entries(units).map(([name, unit]) => ({ Name: name, Unit: unit }));
  const CloudWatchMetrics = [{ Namespace: METRICS.namespace, Dimensions: [[METRICS.dimension]], Metrics }];
  return ({ functionName }: LambdaContext, values: Readonly<Record<Name | 'latency', number>>): Fields => ({
    ...values,
    FunctionName: functionName,
    // When the invocation began, as in AWS's own metrics: an alarm subtracts one from the other.
    _aws: { Timestamp: Math.floor(Date.now() - values.latency), CloudWatchMetrics },
  });
}
