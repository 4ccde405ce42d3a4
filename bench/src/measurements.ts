import { brokerFanOut } from './broker-fan-out.ts';
import { connectorBacklog } from './connector-backlog.ts';
import { connectorLatency } from './connector-latency.ts';
import { connectorWriters } from './connector-writers.ts';
import { lambdaColdStart } from './lambda-cold-start.ts';
import { lambdaConcurrency } from './lambda-concurrency.ts';
import { lambdaWarm } from './lambda-warm.ts';
import type { Measurement } from './measurement.ts';
import { webAppSpeed } from './web-app-speed.ts';

/** Everything that can be measured, by the name that the command line uses. */
export const measurements: Record<string, Measurement> = {
  'broker-fan-out-50': brokerFanOut({ subscribers: 50, window: 64, messagesPerSecond: 50 }),
  'broker-fan-out-1000': brokerFanOut({ subscribers: 1_000, window: 8, messagesPerSecond: 20 }),
  'connector-backlog': connectorBacklog,
  'connector-latency': connectorLatency,
  'connector-writers-10': connectorWriters(10),
  'connector-writers-64': connectorWriters(64),
  'lambda-warm': lambdaWarm,
  'lambda-cold-start': lambdaColdStart,
  'lambda-concurrency': lambdaConcurrency,
  'web-app': webAppSpeed({ messages: 10_000, changes: 1_000, slowdown: 4 }),
};
