import { brokerFanOut } from './broker-fan-out.ts';
import { chatDelay } from './chat-delay.ts';
import { chatGrowth } from './chat-growth.ts';
import { chatPlan } from './chat-plan.ts';
import { chatRate } from './chat-rate.ts';
import { connectorBacklog } from './connector-backlog.ts';
import { connectorLatency } from './connector-latency.ts';
import { connectorLimited } from './connector-limited.ts';
import { connectorWriters } from './connector-writers.ts';
import { lambdaColdStart } from './lambda-cold-start.ts';
import { lambdaConcurrency } from './lambda-concurrency.ts';
import { lambdaWarm } from './lambda-warm.ts';
import type { Measurement } from './measurement.ts';
import { versions } from './versions.ts';
import { webAppSlowNetwork } from './web-app-slow-network.ts';
import { webAppSpeed } from './web-app-speed.ts';

/** All measurements, by their name on the command line. */
export const measurements: Record<string, Measurement> = {
  'broker-fan-out-50': brokerFanOut({ subscribers: 50, window: 64, messagesPerSecond: 50 }),
  'broker-fan-out-1000': brokerFanOut({ subscribers: 1_000, window: 8, messagesPerSecond: 20 }),
  'connector-backlog': connectorBacklog,
  'connector-latency': connectorLatency,
  'connector-limited-1': connectorLimited({ rows: 100_000, readers: 1, observedMs: 60_000 }),
  'connector-limited-20': connectorLimited({ rows: 100_000, readers: 20, observedMs: 60_000 }),
  'connector-writers-10': connectorWriters(10),
  'connector-writers-64': connectorWriters(64),
  'lambda-warm': lambdaWarm,
  'lambda-cold-start': lambdaColdStart,
  'lambda-concurrency': lambdaConcurrency,
  'chat-50': chatDelay({ readers: 50, perSecond: 50 }),
  'chat-rate': chatRate({ readers: 50, leastMs: 2_000, limit: 20_000 }),
  'chat-growth': chatGrowth({ readers: [1, 10, 100, 1_000], rows: [1e3, 1e5, 1e6], readersOfRows: 50 }),
  // Ably counts each message once in, once more from the connector, and once for each person.
  'plan-free': chatPlan('free', [
    { what: 'normal use', people: 20, perSecond: 1, burst: 0 },
    { what: 'a busy event', people: 150, perSecond: 1, burst: 20 },
    { what: 'twice the plan', people: 20, perSecond: 45, burst: 0 },
  ]),
  'plan-standard': chatPlan('standard', [
    { what: 'normal use', people: 20, perSecond: 1, burst: 0 },
    { what: 'a busy event', people: 150, perSecond: 10, burst: 20 },
    { what: 'twice the plan', people: 100, perSecond: 50, burst: 0 },
  ]),
  versions: versions({ rows: [1e3, 1e5, 1e6] }),
  'web-app': webAppSpeed({ messages: 10_000, changes: 1_000, slowdown: 4 }),
  // "Slow 3G".
  'web-app-slow-network': webAppSlowNetwork({ slowdown: 4, network: { latency: 400, kbitPerSecond: 400 } }),
};
