import { SQS, type Message } from '@aws-sdk/client-sqs';
import { parseLetter, type Letter, type StoredLetter } from './letter.ts';

/** How long a message stays hidden from other readers: its event is tried meanwhile. In seconds. */
const VISIBILITY_SECONDS = 120;

/**
 * The dead letters in an SQS queue. What is not removed is in the queue again two minutes later.
 * Credentials and region are found as AWS's tools find them (`AWS_PROFILE`, `AWS_REGION` …).
 * @throws Error when AWS refuses, or a message is no JSON
 */
export async function* lettersInQueue(queueUrl: string): AsyncGenerator<StoredLetter> {
  const sqs = new SQS();
  const seen = new Set<string>();
  try {
    for (;;) {
      const { Messages: messages = [] } = await sqs.receiveMessage({
        QueueUrl: queueUrl,
        MaxNumberOfMessages: 10,
        VisibilityTimeout: VISIBILITY_SECONDS,
        // Asks all of SQS's servers; without waiting it asks a few, and may miss messages.
        WaitTimeSeconds: 1,
        MessageAttributeNames: ['ErrorCode', 'ErrorMessage', 'RequestID'],
        MessageSystemAttributeNames: ['SentTimestamp'],
      });
      if (messages.length === 0) return;
      for (const message of messages) {
        const { MessageId: id = '', ReceiptHandle } = message;
        if (seen.has(id)) return; // failed again, and its two minutes are over: once around is enough
        seen.add(id);
        yield {
          ...toLetter(message),
          place: `message ${id}`,
          remove: () => sqs.deleteMessage({ QueueUrl: queueUrl, ReceiptHandle }).then(() => undefined),
        };
      }
    }
  } finally {
    sqs.destroy();
  }
}

/** A function's own dead-letter queue tells the reason in attributes. */
function toLetter({ MessageId = '', Body = '', Attributes, MessageAttributes }: Message): Letter {
  return parseLetter(Body, {
    id: MessageAttributes?.['RequestID']?.StringValue ?? MessageId,
    reason: MessageAttributes?.['ErrorMessage']?.StringValue ?? 'unknown: see the log of the function',
    at: new Date(Number(Attributes?.SentTimestamp ?? 0)).toISOString(),
  });
}
