import { brokerFanOut } from './broker-fan-out.ts';
import { lambdaColdStart } from './lambda-cold-start.ts';
import { lambdaConcurrency } from './lambda-concurrency.ts';
import { lambdaWarm } from './lambda-warm.ts';
import type { Measurement } from './measurement.ts';

/** Everything that can be measured, by the name that the command line uses. */
export const measurements: Record<string, Measurement> = {
  'broker-fan-out-50': brokerFanOut({ subscribers: 50, window: 64, messagesPerSecond: 50 }),
  'broker-fan-out-1000': brokerFanOut({ subscribers: 1_000, window: 8, messagesPerSecond: 20 }),
  'lambda-warm': lambdaWarm,
  'lambda-cold-start': lambdaColdStart,
  'lambda-concurrency': lambdaConcurrency,
};
