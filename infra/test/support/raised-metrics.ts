import { vi } from 'vitest';

/** One value of a metric, as CloudWatch receives it. */
export interface RaisedMetric {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly value: number;
}

/** The parts of an alarm in a template that decide which values it sees. */
export interface AlarmProperties {
  readonly AlarmName: string;
  readonly Threshold: number;
  readonly Namespace?: string;
  readonly MetricName?: string;
  readonly Dimensions?: readonly Dimension[];
  readonly Metrics?: readonly { Id: string; Expression?: string; MetricStat?: { Metric: MetricOfAlarm } }[];
}

interface Dimension {
  readonly Name: string;
  readonly Value: string | { Ref: string };
}

interface MetricOfAlarm {
  readonly Namespace: string;
  readonly MetricName: string;
  readonly Dimensions?: readonly Dimension[];
}

/**
 * Calls a handler and returns the metrics of that invocation: those in its log, in the embedded
 * metric format, and those that AWS Lambda raises by the outcome
 * (https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html and, for a function
 * URL, https://docs.aws.amazon.com/lambda/latest/dg/urls-monitoring.html).
 * @param functionName logical id of the function in the template
 * @param call invokes the handler with that name in its context
 */
export async function metricsOf(functionName: string, call: () => Promise<unknown>): Promise<RaisedMetric[]> {
  const lines: string[] = [];
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((line) => lines.push(String(line)) > 0);
  const outcome = await call().then(
    (answer) => ({ failed: false, status: (answer as { statusCode?: number } | undefined)?.statusCode }),
    () => ({ failed: true, status: 502 }),
  );
  write.mockRestore();
  const byAws = {
    Invocations: 1,
    Errors: Number(outcome.failed),
    Url4xxCount: Number(Math.floor((outcome.status ?? 0) / 100) === 4),
    Url5xxCount: Number(Math.floor((outcome.status ?? 0) / 100) === 5),
  };
  const dimensions = { FunctionName: functionName };
  return [
    ...Object.entries(byAws).map(([name, value]) => ({ namespace: 'AWS/Lambda', name, dimensions, value })),
    ...lines.flatMap(embeddedMetrics),
  ];
}

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html */
function embeddedMetrics(line: string): RaisedMetric[] {
  const fields = JSON.parse(line) as Record<string, unknown> & { _aws?: { CloudWatchMetrics: Embedded[] } };
  return (fields._aws?.CloudWatchMetrics ?? []).flatMap(({ Namespace, Dimensions, Metrics }) =>
    Dimensions.flatMap((names) =>
      Metrics.map(({ Name }) => ({
        namespace: Namespace,
        name: Name,
        dimensions: Object.fromEntries(names.map((name) => [name, String(fields[name])])),
        value: Number(fields[Name]),
      })),
    ),
  );
}

interface Embedded {
  readonly Namespace: string;
  readonly Dimensions: string[][];
  readonly Metrics: { Name: string }[];
}

/** Returns the sum that an alarm compares with its threshold, or undefined without any value. */
export function valueFor(alarm: AlarmProperties, raised: readonly RaisedMetric[]): number | undefined {
  const { Namespace = '', MetricName = '', Dimensions = [], Metrics } = alarm;
  if (!Metrics) return sumOf({ Namespace, MetricName, Dimensions }, raised);
  const values = Object.fromEntries(
    Metrics.map(({ Id, MetricStat }) => [Id, MetricStat && sumOf(MetricStat.Metric, raised)]),
  );
  const expression = Metrics.find(({ Expression }) => Expression)?.Expression;
  if (expression !== 'errors - FILL(targetMissing, 0)')
    throw new Error(`This test cannot evaluate the expression ${String(expression)}`);
  const { errors, targetMissing = 0 } = values;
  return errors === undefined ? undefined : errors - targetMissing;
}

function sumOf(
  { Namespace, MetricName, Dimensions = [] }: MetricOfAlarm,
  raised: readonly RaisedMetric[],
): number | undefined {
  const wanted = Dimensions.map(({ Name, Value }) => [Name, typeof Value === 'string' ? Value : Value.Ref]);
  const values = raised.filter(
    ({ namespace, name, dimensions }) =>
      namespace === Namespace &&
      name === MetricName &&
      JSON.stringify(Object.entries(dimensions)) === JSON.stringify(wanted),
  );
  return values.length === 0 ? undefined : values.reduce((sum, { value }) => sum + value, 0);
}
