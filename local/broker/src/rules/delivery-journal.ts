import * as v from 'valibot';
import { Journal } from '@chat/journal';
import type { Log } from '../log.ts';

const DeliverySchema = v.object({ rule: v.string(), envelope: v.looseObject({ appId: v.string() }) });

/** An unfinished delivery of a rule, recorded before its publish is acknowledged. */
export type JournaledDelivery = v.InferOutput<typeof DeliverySchema>;

export type DeliveryJournal = Journal<JournaledDelivery>;

/** @throws Error when the file cannot be read or written */
export function openDeliveryJournal(path: string, log: Log): DeliveryJournal {
  const onTruncatedLine = (bytes: number) => log('warn', 'journal.truncated-line', { path, bytes });
  return new Journal({ path, entry: DeliverySchema, onTruncatedLine });
}
