import * as v from 'valibot';

/**
 * What AWS's on-failure destination holds of an event that failed for the last time, as far as it is used here. Our own Lambda host
 * writes the same (see ../lambda/dead-letter.ts).
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

/** Of a batch out of a stream AWS keeps only where it lies, so long as the stream keeps it. */
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
  /** The request that failed. */
  id: string;
  /** The function whose event it was; a queue that holds bare events does not tell. */
  functionName?: string;
  /** What failed why, in one line. */
  reason: string;
  /** When it was given up. */
  at: string;
  /** JSON text of the event; undefined when the letter does not hold it. */
  payload: string | undefined;
}

/** A letter, and the place it lies in. */
export interface StoredLetter extends Letter {
  /** For a person to find it by. */
  place: string;
  /** Once its event has been dealt with. */
  remove(): Promise<void>;
}

/**
 * Reads a dead letter, of any kind that AWS knows: a destination's record, the same for a batch out of a stream, or the bare event, as
 * the dead-letter queue of a function or of another queue has it.
 * @param bare what is known of a letter that is only an event
 * @throws SyntaxError when it is no JSON
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
