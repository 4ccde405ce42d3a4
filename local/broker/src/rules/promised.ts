import * as v from 'valibot';
import { Journal } from '@chat/journal';
import type { Log } from '../log.ts';

const DeliverySchema = v.object({ rule: v.string(), envelope: v.looseObject({ appId: v.string() }) });

/** A delivery that a rule has promised: an acknowledged publish is worth no less than it. */
export type PromisedDelivery = v.InferOutput<typeof DeliverySchema>;

/** @throws Error when the file cannot be used */
export function openDeliveries(path: string, log: Log): Journal<PromisedDelivery> {
  const onTornLine = (bytes: number) => log('warn', 'journal.torn-line', { path, bytes });
  return new Journal({ path, entry: DeliverySchema, onTornLine });
}
