import * as v from 'valibot';
import { Code, WireError } from '../errors.ts';

const OPERATIONS = [
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

/** Allowed operations by resource (channel name or pattern). `['*']` allows all operations. */
export type Capability = v.InferOutput<typeof CapabilitySchema>;

/**
 * @throws WireError 40000 for invalid JSON, unknown operations, no operations, or `*` beside others
 */
export function parseCapability(text: string): Capability {
  const parsed = v.safeParse(CapabilitySchema, text);
  if (parsed.success) return parsed.output;
  throw new WireError(
    Code.badRequest,
    `Invalid capability: it must be JSON that maps channel names to ["*"] or lists of ${OPERATIONS.join(', ')}`,
  );
}

/**
 * Only Ably publishes to metachannels, and no client can be present there, whatever its capability:
 * https://ably.com/docs/metadata-stats/metadata/subscribe
 */
const READS: readonly Operation[] = ['subscribe', 'history', 'channel-metadata'];

/** Returns true if any resource allows the operation on a channel (its name without params). */
export function allows(capability: Capability, channel: string, operation: Operation): boolean {
  if (channel.startsWith('[meta]') && !READS.includes(operation)) return false;
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
 * Returns what both capabilities allow, by the narrower resource of each overlapping pair.
 * @throws WireError 40160 when they have nothing in common
 */
export function intersect(requested: Capability, granted: Capability): Capability {
  const sets = new Map<string, Set<string>>();
  for (const [wanted, wantedOperations] of Object.entries(requested)) {
    for (const [allowed, allowedOperations] of Object.entries(granted)) {
      const resource = narrower(wanted, allowed);
      const both = common(wantedOperations, allowedOperations);
      if (resource === undefined || both.length === 0) continue;
      sets.set(resource, new Set([...(sets.get(resource) ?? []), ...both]));
    }
  }
  if (sets.size === 0) {
    throw new WireError(Code.capabilityDenied, 'The key allows no part of the requested capability');
  }
  const sorted = [...sets].sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(
    sorted.map(([resource, operations]) => [resource, operations.has('*') ? ['*'] : [...operations].sort()]),
  ) as Capability;
}

function narrower(a: string, b: string): string | undefined {
  if (covers(b, a)) return a;
  return covers(a, b) ? b : undefined;
}

const includes = (operations: readonly string[], operation: string) =>
  operations[0] === '*' || operations.includes(operation);

function common(a: readonly string[], b: readonly string[]): string[] {
  if (a[0] === '*') return [...b];
  return b[0] === '*' ? [...a] : a.filter((operation) => b.includes(operation));
}

/**
 * Returns true if resource `wide` matches everything that `narrow`, a channel name or a resource,
 * matches. `*` matches one whole segment in the middle and one or more at the end. The qualifier
 * `[*]` matches every `[qualifier]` and none.
 */
function covers(wide: string, narrow: string): boolean {
  const [wideQualifier, wideSegments] = split(wide);
  const [narrowQualifier, narrowSegments] = split(narrow);
  if (wideQualifier !== '[*]' && wideQualifier !== narrowQualifier) return false;
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
