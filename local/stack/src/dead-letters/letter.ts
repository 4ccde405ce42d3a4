import * as v from 'valibot';

/**
 * The fields used here of the record that AWS's on-failure destination receives for an event that
 * failed all its retries. The local Lambda host writes the same record (write.ts).
 */
const DestinationRecordSchema = v.object({
  timestamp: v.string(),
  requestContext: v.object({
    requestId: v.string(),
    functionArn: v.string(),
    condition: v.string(),
    approximateInvokeCount: v.number(),
  }),
  requestPayload: v.unknown(),
  responsePayload: v.optional(v.nullable(v.object({ errorType: v.string(), errorMessage: v.string() }))),
});

/**
 * For a batch from a stream, AWS records only its position; the stream keeps the messages until
 * they expire.
 */
const StreamRecordSchema = v.object({
  timestamp: v.string(),
  requestContext: v.object({ requestId: v.string(), functionArn: v.string(), condition: v.string() }),
  KinesisBatchInfo: v.object({
    shardId: v.string(),
    startSequenceNumber: v.string(),
    batchSize: v.number(),
  }),
});

export interface Letter {
  /** Id of the failed request. */
  id: string;
  /** Absent in a queue of bare events. */
  functionName?: string;
  /** Why it failed, in one line. */
  reason: string;
  /** Time of the last failure. */
  at: string;
  /** The event as JSON text; undefined when the letter does not contain it. */
  payload: string | undefined;
}

/** A letter in its queue or folder. */
export interface StoredLetter extends Letter {
  /** Where a person finds it. */
  location: string;
  /** To be called once its event has succeeded. */
  remove(): Promise<void>;
}

/**
 * Parses a dead letter of any kind that AWS writes: a destination's record, the same for a batch
 * from a stream, or the bare event, as in the dead-letter queue of a function or of another queue.
 * @param bare the fields of a letter that is a bare event
 * @throws SyntaxError when the text is not JSON
 */
export function parseLetter(text: string, bare: { id: string; reason: string; at: string }): Letter {
  const json: unknown = JSON.parse(text);
  const ofStream = v.safeParse(StreamRecordSchema, json);
  if (ofStream.success) return toStreamLetter(ofStream.output);
  const parsed = v.safeParse(DestinationRecordSchema, json);
  if (!parsed.success) return { ...bare, payload: text };
  const { timestamp, requestContext, requestPayload, responsePayload } = parsed.output;
  const { requestId, functionArn, condition, approximateInvokeCount } = requestContext;
  const error = responsePayload ? `${responsePayload.errorType}: ${responsePayload.errorMessage}` : condition;
  return {
    id: requestId,
    functionName: nameIn(functionArn),
    reason: `${error} (after ${approximateInvokeCount} ${approximateInvokeCount === 1 ? 'try' : 'tries'})`,
    at: timestamp,
    payload: JSON.stringify(requestPayload),
  };
}

function toStreamLetter({
  timestamp,
  requestContext,
  KinesisBatchInfo,
}: v.InferOutput<typeof StreamRecordSchema>): Letter {
  const { shardId, startSequenceNumber, batchSize } = KinesisBatchInfo;
  return {
    id: requestContext.requestId,
    functionName: nameIn(requestContext.functionArn),
    reason: `${requestContext.condition} (${batchSize} in ${shardId} from ${startSequenceNumber})`,
    at: timestamp,
    payload: undefined,
  };
}

const nameIn = (functionArn: string): string => /\bfunction:([^:]+)/.exec(functionArn)?.[1] ?? functionArn;
