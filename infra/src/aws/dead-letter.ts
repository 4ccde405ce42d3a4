import * as v from 'valibot';

/** What is used of the record that Lambda leaves for an event that failed for the last time. */
const DeadLetterSchema = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({
    timestamp: v.optional(v.string(), ''),
    requestContext: v.optional(v.object({ condition: v.optional(v.string(), '') }), {}),
    responsePayload: v.nullish(
      v.object({ errorType: v.optional(v.string(), ''), errorMessage: v.optional(v.string(), '') }),
    ),
  }),
);

/** Time and reason on one line, without what people wrote. */
export function describeDeadLetter(body: string): string {
  const parsed = v.safeParse(DeadLetterSchema, body);
  if (!parsed.success) return 'a letter of an unknown form';
  const { timestamp, requestContext, responsePayload } = parsed.output;
  const reason = responsePayload
    ? `${responsePayload.errorType}: ${responsePayload.errorMessage}`
    : requestContext.condition;
  return `${timestamp} ${reason}`.trim();
}
