import { AblyEnvelopeSchema, parseInput } from '@chat/contract';
import * as v from 'valibot';

/** One envelope, still as it came. */
export interface Delivery {
  /** By which AWS knows the record of a batch; an event that came by itself has none. */
  itemIdentifier?: string;
  /**
   * The messages in it, not looked at yet.
   * @throws InvalidInput when it is no envelope
   */
  messages(): unknown[];
}

const SqsRecordSchema = v.pipe(
  v.object({ eventSource: v.literal('aws:sqs'), messageId: v.string(), body: v.string() }),
  v.transform(({ messageId, body }) => ({ itemIdentifier: messageId, text: body })),
);

const KinesisRecordSchema = v.pipe(
  v.object({
    eventSource: v.literal('aws:kinesis'),
    kinesis: v.object({ sequenceNumber: v.string(), data: v.string() }),
  }),
  v.transform(({ kinesis: { sequenceNumber, data } }) => ({
    itemIdentifier: sequenceNumber,
    text: Buffer.from(data, 'base64').toString(),
  })),
);

const BatchSchema = v.object({ Records: v.array(v.union([SqsRecordSchema, KinesisRecordSchema])) });

const EnvelopeTextSchema = v.pipe(v.string(), v.parseJson(), AblyEnvelopeSchema);

/**
 * What Ably's rules deliver: by a Lambda rule the envelope itself, without a `body` around it; by an SQS or a Kinesis rule a batch of
 * records with an envelope each, as AWS's event source mappings pass them on.
 * @throws InvalidInput when it begins like a batch, but is none
 */
export function parseEvent(event: unknown): { isBatch: boolean; deliveries: Delivery[] } {
  if (!isObject(event) || !('Records' in event)) {
    const messages = () => parseInput(AblyEnvelopeSchema, event, 'The event').messages;
    return { isBatch: false, deliveries: [{ messages }] };
  }
  const { Records: records } = parseInput(BatchSchema, event, 'The batch');
  const deliveries = records.map(({ itemIdentifier, text }) => ({
    itemIdentifier,
    messages: () => parseInput(EnvelopeTextSchema, text, `Record ${itemIdentifier}`).messages,
  }));
  return { isBatch: true, deliveries };
}

const isObject = (value: unknown) => typeof value === 'object' && value !== null;
