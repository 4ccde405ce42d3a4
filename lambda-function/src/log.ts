import type { Context } from 'aws-lambda';

type Fields = Readonly<Record<string, unknown>>;
type Level = 'info' | 'warn' | 'error';

export type Log = Record<Level, (event: string, fields?: Fields) => void>;

/**
 * One JSON object per line, as CloudWatch Logs Insights queries it; AWS adds the time. Callers pass ids, counts and reasons,
 * never the text of a message.
 */
export function createLog({ awsRequestId }: Pick<Context, 'awsRequestId'>): Log {
  // Not console.log: on AWS it begins each line with words of its own, after which the line is no JSON any more.
  const write = (level: Level) => (event: string, fields?: Fields) =>
    void process.stdout.write(`${JSON.stringify({ level, event, requestId: awsRequestId, ...fields })}\n`);
  return { info: write('info'), warn: write('warn'), error: write('error') };
}

/** All metrics of this project, in CloudWatch. */
const NAMESPACE = 'Chat';

/** What a function counts in each invocation. */
type Units<Name extends string> = Readonly<Record<Name, 'Count' | 'Milliseconds'>>;

/**
 * Makes of an invocation's numbers fields for a line of its log that CloudWatch turns into metrics: its embedded metric format, which
 * costs no call to AWS. The dimension is the function's name.
 *
 * Powertools for AWS does the same; its logger and metrics would make the zip of chat-writer larger by 10 kB, to more than 60.
 */
export function defineMetrics<Name extends string>(units: Units<Name>) {
  const Metrics = Object.entries(units).map(([name, unit]) => ({ Name: name, Unit: unit }));
  const CloudWatchMetrics = [{ Namespace: NAMESPACE, Dimensions: [['FunctionName']], Metrics }];
  return (
    { functionName }: Pick<Context, 'functionName'>,
    values: Readonly<Record<Name, number>>,
  ): Fields => ({
    ...values,
    FunctionName: functionName,
    _aws: { Timestamp: Date.now(), CloudWatchMetrics },
  });
}
