import { SQS, type Message } from '@aws-sdk/client-sqs';
import { parseLetter, type Letter, type StoredLetter } from './letter.ts';

/** Seconds for which a message stays hidden from other readers, while its event is retried. */
const VISIBILITY_SECONDS = 120;

/**
 * Yields the dead letters in an SQS queue. A letter that is not removed reappears in the queue
 * after two minutes. Credentials and region come from where AWS's tools look for them
 * (`AWS_PROFILE`, `AWS_REGION` …).
 * @throws Error when AWS rejects the request, or a message is not JSON
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
        // Long polling queries all of SQS's servers; short polling queries a few and may miss
        // messages.
        WaitTimeSeconds: 1,
        MessageAttributeNames: ['ErrorCode', 'ErrorMessage', 'RequestID'],
        MessageSystemAttributeNames: ['SentTimestamp'],
      });
      if (messages.length === 0) return;
      for (const message of messages) {
        const { MessageId: id = '', ReceiptHandle } = message;
        if (seen.has(id)) return; // failed again and reappeared: every letter was tried once
        seen.add(id);
        yield {
          ...toLetter(message),
          location: `message ${id}`,
          remove: () => sqs.deleteMessage({ QueueUrl: queueUrl, ReceiptHandle }).then(() => undefined),
        };
      }
    }
  } finally {
    sqs.destroy();
  }
}

/** In a function's own dead-letter queue the reason is in the message's attributes. */
function toLetter({ MessageId = '', Body = '', Attributes, MessageAttributes }: Message): Letter {
  return parseLetter(Body, {
    id: MessageAttributes?.['RequestID']?.StringValue ?? MessageId,
    reason: MessageAttributes?.['ErrorMessage']?.StringValue ?? 'unknown: see the log of the function',
    at: new Date(Number(Attributes?.SentTimestamp ?? 0)).toISOString(),
  });
}
