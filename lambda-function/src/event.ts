import { AblyEnvelopeSchema, parseInput, type AblyEnvelope } from '@chat/contract';
import * as v from 'valibot';

/** One envelope of an event, not parsed yet. */
export interface Delivery {
  /** Identifies the record within an SQS or Kinesis batch; absent for a direct invocation. */
  itemIdentifier?: string;
  /** A failed record holds back all later ones of its shard. */
  isOrdered: boolean;
  /**
   * Returns the envelope; its messages are not validated yet.
   * @throws InvalidInput when it is not an envelope
   */
  envelope(): AblyEnvelope;
}

const SqsRecordSchema = v.pipe(
  v.object({ eventSource: v.literal('aws:sqs'), messageId: v.string(), body: v.string() }),
  v.transform(({ messageId, body }) => ({ itemIdentifier: messageId, isOrdered: false, text: body })),
);

const KinesisRecordSchema = v.pipe(
  v.object({
    eventSource: v.literal('aws:kinesis'),
    kinesis: v.object({ sequenceNumber: v.string(), data: v.string() }),
  }),
  v.transform(({ kinesis: { sequenceNumber, data } }) => ({
    itemIdentifier: sequenceNumber,
    isOrdered: true,
    text: Buffer.from(data, 'base64').toString(),
  })),
);

const BatchSchema = v.object({ Records: v.array(v.union([SqsRecordSchema, KinesisRecordSchema])) });

const EnvelopeTextSchema = v.pipe(v.string(), v.parseJson(), AblyEnvelopeSchema);

/**
 * Splits a Lambda event into envelopes. An Ably Lambda rule delivers one envelope as the event
 * itself; an SQS or Kinesis rule delivers a batch of records, one envelope each.
 * @throws InvalidInput when the event has `Records` but is not a valid batch
 */
export function parseEvent(event: unknown): { isBatch: boolean; deliveries: Delivery[] } {
  if (!isObject(event) || !('Records' in event)) {
    const envelope = () => parseInput(AblyEnvelopeSchema, event, 'The event');
    return { isBatch: false, deliveries: [{ isOrdered: false, envelope }] };
  }
  const { Records: records } = parseInput(BatchSchema, event, 'The batch');
  const deliveries = records.map(({ itemIdentifier, isOrdered, text }) => ({
    itemIdentifier,
    isOrdered,
    envelope: () => parseInput(EnvelopeTextSchema, text, `Record ${itemIdentifier}`),
  }));
  return { isBatch: true, deliveries };
}

const isObject = (value: unknown) => typeof value === 'object' && value !== null;
