import * as v from 'valibot';
import { readFunctionEnv } from '../env.ts';
import { METRICS } from './metrics.ts';
import { readDatabaseUrl } from './database.lambda-shared.ts';
import { countStuckRows } from './count-stuck-rows.ts';

const EnvSchema = v.object({ STAGE: v.string() });

/**
 * Logs the count in CloudWatch's embedded metric format, which needs no API call and no network
 * access.
 */
export async function handler(): Promise<{ rowsWaiting: number }> {
  const rowsWaiting = await countStuckRows(await readDatabaseUrl());
  const { namespace, waitingRows, stage } = METRICS;
  const metric = {
    Namespace: namespace,
    Dimensions: [[stage]],
    Metrics: [{ Name: waitingRows, Unit: 'Count' }],
  };
  const line = {
    _aws: { Timestamp: Date.now(), CloudWatchMetrics: [metric] },
    [stage]: readFunctionEnv(EnvSchema).STAGE,
    [waitingRows]: rowsWaiting,
  };
  process.stdout.write(`${JSON.stringify(line)}\n`);
  return { rowsWaiting };
}
