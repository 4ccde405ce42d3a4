import * as v from 'valibot';
import { Code, WireError } from '../errors.ts';

/** `extras` of a message or a presence item. */
export type Extras = Record<string, unknown>;

const MAX_DEPTH = 20;

const isObject = (value: unknown): value is Extras =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);

const object = v.custom<Extras>(isObject, 'must be an object');
const HeaderSchema = v.union(
  [v.string(), v.number(), v.boolean(), v.null()],
  'must be a string, a number, a boolean or null: headers are flat',
);
const headers = v.optional(v.pipe(object, v.record(v.string(), HeaderSchema)));

const skipRule = v.union([v.literal('*'), v.array(v.string())], 'must be "*" or an array of rule ids');

/** Without `delta`, which only a server sets: it makes a reader reattach to find its base. */
const MessageExtrasSchema = v.pipe(
  object,
  v.strictObject({
    headers,
    ref: v.optional(object),
    push: v.optional(object),
    ephemeral: v.optional(v.boolean('must be true or false')),
    ai: v.optional(object),
    privileged: v.optional(v.pipe(object, v.looseObject({ skipRule: v.optional(skipRule) }))),
  }),
);

/** Any fields, except those that only have a meaning for messages. */
const PresenceExtrasSchema = v.pipe(
  object,
  v.looseObject({
    headers,
    delta: v.optional(v.never('is for messages only')),
    ephemeral: v.optional(v.never('is for messages only')),
    privileged: v.optional(v.never('is for messages only')),
  }),
);

/** @throws WireError 40032 for unknown fields, values of the wrong type, or too deep nesting */
export const parseMessageExtras = (raw: unknown) => parse(MessageExtrasSchema, raw);

/** @throws WireError 40032, as for messages */
export const parsePresenceExtras = (raw: unknown) => parse(PresenceExtrasSchema, raw);

/** Returns the bytes of extras that count towards the size limit. */
export function extrasSize(extras: Extras | undefined): number {
  return extras === undefined ? 0 : Buffer.byteLength(JSON.stringify(extras));
}

/** Whether a message is for subscribers that are attached now, and for nothing else. */
export const isEphemeral = (extras: Extras | undefined) => extras?.ephemeral === true;

/** Whether the publisher excludes a message from a rule. */
export function skipsRule(extras: Extras | undefined, ruleId: string): boolean {
  const skipped = (extras?.privileged as Extras | undefined)?.skipRule;
  return skipped === '*' || (Array.isArray(skipped) && skipped.includes(ruleId));
}

function parse(schema: v.GenericSchema<Extras>, raw: unknown): Extras | undefined {
  if (raw === undefined) return undefined;
  // First: the schema and the encoders recurse.
  if (isDeeperThan(raw, MAX_DEPTH)) {
    throw new WireError(Code.badExtras, `extras are nested deeper than ${MAX_DEPTH} levels`);
  }
  const parsed = v.safeParse(schema, raw);
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  const path = v.getDotPath(issue);
  throw new WireError(Code.badExtras, `Invalid extras${path === null ? '' : `.${path}`}: ${issue.message}`);
}

function isDeeperThan(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return depth === 0 || Object.values(value).some((inner) => isDeeperThan(inner, depth - 1));
}
