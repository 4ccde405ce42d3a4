/** Evaluates the resource policies of a template, as far as its policies use the language of IAM. */

interface Statement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Principal: '*' | Readonly<Record<string, unknown>>;
  readonly Action: string | string[];
  readonly Resource: unknown;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

export interface PolicyDocument {
  readonly Statement: readonly Statement[];
}

export interface AccessRequest {
  /** Such as `cloudwatch.amazonaws.com`. */
  readonly service: string;
  readonly action: string;
  /** As in the template, such as `{ Ref: … }`. */
  readonly resource: unknown;
  /** Values of the global condition keys. */
  readonly context: Readonly<Record<string, unknown>>;
}

/**
 * Returns whether the policies allow the request: a matching Allow and no matching Deny.
 * @throws Error on a condition that this evaluation does not know
 */
export function isAllowed(policies: readonly PolicyDocument[], request: AccessRequest): boolean {
  const matching = policies.flatMap(({ Statement }) => Statement).filter((one) => matches(one, request));
  return matching.some(isAllow) && matching.every(isAllow);
}

const isAllow = ({ Effect }: Statement): boolean => Effect === 'Allow';

function matches(statement: Statement, { service, action, resource, context }: AccessRequest): boolean {
  const { Principal, Action, Resource, Condition = {} } = statement;
  const principals = Principal === '*' ? '*' : [Principal['Service']].flat();
  return (
    (principals === '*' || principals.includes(service)) &&
    [Action].flat().some((pattern) => fits(pattern, action)) &&
    [Resource].flat().some((one) => one === '*' || same(one, resource)) &&
    Object.entries(Condition).every(([operator, keys]) =>
      Object.entries(keys).every(([key, expected]) => holds(operator, context[key], expected)),
    )
  );
}

function holds(operator: string, actual: unknown, expected: unknown): boolean {
  if (operator !== 'StringEquals' && operator !== 'Bool')
    throw new Error(`The evaluation of policies does not know the condition ${operator}`);
  return [expected].flat().some((one) => same(one, actual));
}

function fits(pattern: string, action: string): boolean {
  return pattern.endsWith('*') ? action.startsWith(pattern.slice(0, -1)) : pattern === action;
}

const same = (left: unknown, right: unknown): boolean => JSON.stringify(left) === JSON.stringify(right);
