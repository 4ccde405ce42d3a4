import * as v from 'valibot';

/** Something from outside broke its schema. `problems` lists every fault at once, one `key: what is wrong` each. */
export class InvalidInput extends Error {
  override name = 'InvalidInput' as const;

  readonly problems: readonly string[];

  constructor(what: string, problems: readonly string[]) {
    super(`${what} is not valid: ${problems.join('; ')}`);
    this.problems = problems;
  }
}

/** `path: message` for each issue, in the order of the schema. */
export function describeIssues(issues: readonly v.BaseIssue<unknown>[]): string[] {
  return issues.map((issue) => {
    const path = v.getDotPath(issue);
    return path ? `${path}: ${issue.message}` : issue.message;
  });
}

/** In place of valibot's own words where a schema has none: those quote the refused value, which may be secret. */
export function withoutValue({ expected, received }: v.BaseIssue<unknown>): string {
  return received === 'undefined' ? 'is missing' : `must be ${expected ?? 'something else'}`;
}

/**
 * Parses something from outside. No problem that it tells contains the refused value.
 * @param what its name in the error, such as `chat-history query`
 * @throws InvalidInput with every problem found
 */
export function parseInput<Schema extends v.GenericSchema>(
  schema: Schema,
  input: unknown,
  what: string,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, input, { message: withoutValue });
  if (!result.success) throw new InvalidInput(what, describeIssues(result.issues));
  return result.output;
}
