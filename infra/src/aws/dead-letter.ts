import * as v from 'valibot';

/** The fields in use of the record that Lambda sends to an on-failure destination. */
const DeadLetterSchema = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({
    timestamp: v.optional(v.string(), ''),
    requestContext: v.optional(v.object({ condition: v.optional(v.string(), '') }), {}),
    responsePayload: v.nullish(
      v.object({ errorType: v.optional(v.string(), ''), errorMessage: v.optional(v.string(), '') }),
    ),
    /** Only for records of a stream: their position in it, without the records themselves. */
    KinesisBatchInfo: v.optional(
      v.object({ shardId: v.string(), startSequenceNumber: v.string(), batchSize: v.number() }),
    ),
  }),
);

/** Returns time and reason on one line, without any message content. */
export function describeDeadLetter(body: string): string {
  const parsed = v.safeParse(DeadLetterSchema, body);
  if (!parsed.success) return 'a dead letter of unknown form';
  const { timestamp, requestContext, responsePayload, KinesisBatchInfo: batch } = parsed.output;
  const reason = responsePayload
    ? `${responsePayload.errorType}: ${responsePayload.errorMessage}`
    : requestContext.condition;
  const position = batch && `${batch.batchSize} in ${batch.shardId} from ${batch.startSequenceNumber}`;
  return [timestamp, reason, position].filter(Boolean).join(' ');
}
