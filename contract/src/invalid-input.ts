import * as v from 'valibot';

/** Input from outside does not match its schema. `problems` lists every `key: problem` at once. */
export class InvalidInput extends Error {
  override name = 'InvalidInput' as const;

  readonly problems: readonly string[];

  constructor(what: string, problems: readonly string[]) {
    super(`${what} is not valid: ${problems.join('; ')}`);
    this.problems = problems;
  }
}

/** Returns `path: message` for each issue, in the order of the schema. */
export function describeIssues(issues: readonly v.BaseIssue<unknown>[]): string[] {
  return issues.map((issue) => {
    const path = v.getDotPath(issue);
    return path ? `${path}: ${issue.message}` : issue.message;
  });
}

/** Replaces valibot's default messages, which quote the rejected, possibly secret value. */
export function withoutValue({ expected, received }: v.BaseIssue<unknown>): string {
  return received === 'undefined' ? 'is missing' : `must be ${expected ?? 'something else'}`;
}

/**
 * Parses input from outside. No reported problem contains the rejected value.
 * @param what the input's name in the error, such as `chat-history query`
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
