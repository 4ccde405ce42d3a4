import * as v from 'valibot';
import { readFunctionEnv } from '../env.ts';
import { METRICS } from './metrics.ts';
import { readDatabaseUrl } from './database.lambda-shared.ts';
import { observeOutbox, type OutboxState } from './observe-outbox.ts';

const EnvSchema = v.object({ STAGE: v.string() });

/**
 * Logs the counts in CloudWatch's embedded metric format, which needs no API call and no network
 * access.
 */
export async function handler(): Promise<OutboxState> {
  const state = await observeOutbox(await readDatabaseUrl());
  const { namespace, waitingRows, setAsideRows, stage } = METRICS;
  const metrics = {
    Namespace: namespace,
    Dimensions: [[stage]],
    Metrics: [waitingRows, setAsideRows].map((name) => ({ Name: name, Unit: 'Count' })),
  };
  const line = {
    _aws: { Timestamp: Date.now(), CloudWatchMetrics: [metrics] },
    [stage]: readFunctionEnv(EnvSchema).STAGE,
    [waitingRows]: state.rowsWaiting,
    [setAsideRows]: state.rowsSetAside,
  };
  process.stdout.write(`${JSON.stringify(line)}\n`);
  return state;
}
