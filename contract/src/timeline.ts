import * as v from 'valibot';
import { Int8Schema } from './int8.ts';

/** The parts of equal length into which the chat's life is divided. */
export const TIMELINE_PARTS = 200;

/** `GET chat-timeline` has no parameters. */
export const TimelineQuerySchema = v.strictObject({});

/** The chat's life, for a slider over it. */
export const TimelineSchema = v.object({
  /** Time of the first message, ms; null in an empty chat. */
  from: v.nullable(Int8Schema),
  /** The database's time, ms. */
  to: Int8Schema,
  /** For each part in which messages were changed the time of its first change, ascending. */
  edits: v.array(Int8Schema),
});

export type Timeline = v.InferOutput<typeof TimelineSchema>;
