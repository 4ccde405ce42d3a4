import * as v from 'valibot';
import { Code, WireError } from '../errors.ts';

export const OPERATIONS = [
  'publish',
  'subscribe',
  'presence',
  'history',
  'stats',
  'channel-metadata',
  'push-subscribe',
  'push-admin',
  'object-subscribe',
  'object-publish',
  'annotation-subscribe',
  'annotation-publish',
  'message-update-own',
  'message-update-any',
  'message-delete-own',
  'message-delete-any',
  'privileged-headers',
] as const;

export type Operation = (typeof OPERATIONS)[number];

const ResourceOperations = v.union([
  v.strictTuple([v.literal('*')]),
  v.pipe(v.array(v.picklist(OPERATIONS)), v.minLength(1)),
]);
const CapabilitySchema = v.pipe(
  v.string(),
  v.parseJson(),
  v.record(v.pipe(v.string(), v.minLength(1)), ResourceOperations),
);

/** Which operations are allowed on which channels. `*` among the operations stands alone and means all. */
export type Capability = v.InferOutput<typeof CapabilitySchema>;

/** @throws WireError 40000 unless it is JSON of known operations, with `*` alone and no empty list */
export function parseCapability(text: string): Capability {
  const parsed = v.safeParse(CapabilitySchema, text);
  if (parsed.success) return parsed.output;
  throw new WireError(
    Code.badRequest,
    `Invalid capability: it must be JSON of channel names to lists of ${OPERATIONS.join(', ')}, or ["*"]`,
  );
}

/** Whether any matching resource allows the operation on the channel (its name without params). */
export function allows(capability: Capability, channel: string, operation: Operation): boolean {
  return Object.entries(capability).some(
    ([resource, operations]) => covers(resource, channel) && includes(operations, operation),
  );
}

/** @throws WireError 40160 */
export function ensureAllows(capability: Capability, channel: string, operation: Operation): void {
  if (allows(capability, channel, operation)) return;
  throw new WireError(Code.capabilityDenied, `Capability does not allow ${operation} on "${channel}"`);
}

/**
 * What both allow, with the narrower resource of each pair that overlaps.
 * @throws WireError 40160 when nothing is left
 */
export function intersect(requested: Capability, granted: Capability): Capability {
  const sets = new Map<string, Set<string>>();
  for (const [wanted, wantedOperations] of Object.entries(requested)) {
    for (const [held, heldOperations] of Object.entries(granted)) {
      const resource = covers(held, wanted) ? wanted : covers(wanted, held) ? held : undefined;
      const both = common(wantedOperations, heldOperations);
      if (resource === undefined || both.length === 0) continue;
      sets.set(resource, new Set([...(sets.get(resource) ?? []), ...both]));
    }
  }
  if (sets.size === 0)
    throw new WireError(Code.capabilityDenied, 'The key allows nothing of the capability asked for');
  const sorted = [...sets].sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(
    sorted.map(([resource, operations]) => [resource, operations.has('*') ? ['*'] : [...operations].sort()]),
  ) as Capability;
}

const includes = (operations: readonly string[], operation: string) =>
  operations[0] === '*' || operations.includes(operation);

function common(a: readonly string[], b: readonly string[]): string[] {
  if (a[0] === '*') return [...b];
  return b[0] === '*' ? [...a] : a.filter((operation) => b.includes(operation));
}

/**
 * Whether resource `wide` matches everything that `narrow`, a channel name or a resource, can stand for. `*` is one whole
 * segment in the middle, one or more at the end; it never crosses into `[qualified]` names, except as `[*]*`.
 */
function covers(wide: string, narrow: string): boolean {
  if (wide === '[*]*') return true;
  const [wideQualifier, wideSegments] = split(wide);
  const [narrowQualifier, narrowSegments] = split(narrow);
  if (wideQualifier !== narrowQualifier) return false;
  return wideSegments.every((segment, index) => {
    const other = narrowSegments[index];
    const isLast = index === wideSegments.length - 1;
    if (other === undefined) return false;
    if (segment === '*' && isLast) return true;
    if (isLast && index !== narrowSegments.length - 1) return false;
    const otherSpansMany = other === '*' && index === narrowSegments.length - 1;
    return segment === other ? !otherSpansMany || isLast : segment === '*' && !otherSpansMany;
  });
}

function split(resource: string): [qualifier: string, segments: string[]] {
  const [, qualifier = '', rest = resource] = /^(\[[^\]]*\])(.*)$/.exec(resource) ?? [];
  return [qualifier, rest.split(':')];
}
