import * as v from 'valibot';

/** Absent, null and undefined mean the same on the wire. */
const optional = <Schema extends v.GenericSchema>(schema: Schema) =>
  v.pipe(
    v.nullish(schema),
    v.transform((value) => value ?? undefined),
  );

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

/** A protocol message from a client. Its messages and presence items are parsed separately. */
export const InboundFrameSchema = v.object({
  action: v.pipe(v.number(), v.integer()),
  id: optional(v.string()),
  channel: optional(v.string()),
  channelSerial: optional(v.string()),
  msgSerial: optional(count),
  flags: optional(v.pipe(count, v.maxValue(2 ** 31 - 1))),
  params: optional(
    v.record(v.string(), v.pipe(v.union([v.string(), v.number(), v.boolean()]), v.transform(String))),
  ),
  auth: optional(v.object({ accessToken: v.string() })),
  messages: optional(v.array(v.unknown())),
  presence: optional(v.array(v.unknown())),
});

/** The fields that say how to answer a frame whose other fields are invalid. */
export const FrameHeadSchema = v.object({
  action: v.pipe(v.number(), v.integer()),
  channel: v.fallback(optional(v.string()), undefined),
  msgSerial: v.fallback(optional(count), undefined),
});

/** Examined separately: each kind of message has its own rules, and errors have their own code. */
const extras = optional(v.unknown());

export const InboundMessageSchema = v.object({
  id: optional(v.pipe(v.string(), v.nonEmpty('must not be empty'))),
  name: optional(v.string()),
  clientId: optional(v.string()),
  connectionKey: optional(v.string()),
  data: v.optional(v.unknown()),
  encoding: optional(v.string()),
  extras,
  action: optional(v.number()),
});

export const InboundPresenceSchema = v.object({
  action: v.picklist([1, 2, 3, 4], 'must be 2 (enter), 3 (leave) or 4 (update)'),
  id: optional(v.string()),
  clientId: optional(v.string()),
  data: v.optional(v.unknown()),
  encoding: optional(v.string()),
  extras,
});

export type InboundFrame = v.InferOutput<typeof InboundFrameSchema>;
export type InboundMessage = v.InferOutput<typeof InboundMessageSchema>;

/** A protocol message to a client. Values must not be null. */
export interface OutboundFrame {
  action: number;
  [field: string]: unknown;
}
