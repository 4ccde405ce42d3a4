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
    /** Of records that came from a stream, a letter says only where they lie. */
    KinesisBatchInfo: v.optional(
      v.object({ shardId: v.string(), startSequenceNumber: v.string(), batchSize: v.number() }),
    ),
  }),
);

/** Time and reason on one line, without what people wrote. */
export function describeDeadLetter(body: string): string {
  const parsed = v.safeParse(DeadLetterSchema, body);
  if (!parsed.success) return 'a letter of an unknown form';
  const { timestamp, requestContext, responsePayload, KinesisBatchInfo: batch } = parsed.output;
  const reason = responsePayload
    ? `${responsePayload.errorType}: ${responsePayload.errorMessage}`
    : requestContext.condition;
  const place = batch && `${batch.batchSize} in ${batch.shardId} from ${batch.startSequenceNumber}`;
  return [timestamp, reason, place].filter(Boolean).join(' ');
}
