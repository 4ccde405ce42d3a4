import { describe, expect, test } from 'vitest';
import { chatMsg, deletedMsg, editedMsg, envelope } from './support/events.ts';
import { useSetting } from './support/setting.ts';

const setting = useSetting();

/** As AWS's event source mappings make them; what is not looked at is left out. */
const sqs = (messageId: string, body: unknown) => ({
  messageId,
  receiptHandle: 'handle',
  body: typeof body === 'string' ? body : JSON.stringify(body),
  attributes: { ApproximateReceiveCount: '1' },
  messageAttributes: {},
  eventSource: 'aws:sqs',
  eventSourceARN: 'arn:aws:sqs:eu-west-1:123456789012:outgoing-chat',
});
const kinesis = (sequenceNumber: string, body: unknown) => ({
  eventID: `shardId-000:${sequenceNumber}`,
  eventSource: 'aws:kinesis',
  kinesis: {
    partitionKey: 'outgoing-chat',
    sequenceNumber,
    data: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)).toString('base64'),
  },
});

describe.each([
  ['SQS', sqs],
  ['Kinesis', kinesis],
] as const)('a batch of %s', (_, record) => {
  test('is written whole, in one transaction, and nothing is named as failed', async () => {
    const writer = await setting.startWriter();
    const Records = [
      record('1', envelope(chatMsg('a', 'é'), chatMsg('b'))),
      record('2', envelope(chatMsg('c'))),
      record('3', envelope(editedMsg('e', 'a', 'edited'))),
    ];
    expect(await writer({ Records })).toEqual({ batchItemFailures: [] });
    expect(await setting.texts()).toEqual({ a: 'edited', b: 'hi', c: 'hi' });
    const { rows } = await setting.client.query('select count(distinct xmin::text)::int as n from chat_data');
    expect(rows).toEqual([{ n: 1 }]);
    expect(setting.lines.at(-1)).toMatchObject({ written: 4 });
  });

  test('names the records whose target is not there yet, each once, and commits the others', async () => {
    const writer = await setting.startWriter();
    const Records = [
      record('1', envelope(chatMsg('a'))),
      record('2', envelope(editedMsg('e', 'never', 'x'), deletedMsg('d', 'never'), chatMsg('b'))),
      record('3', envelope(deletedMsg('d2', 'a'))),
      record('4', envelope(deletedMsg('d3', 'nowhere'))),
    ];
    expect(await writer({ Records })).toEqual({
      batchItemFailures: [{ itemIdentifier: '2' }, { itemIdentifier: '4' }],
    });
    expect(await setting.texts()).toEqual({ b: 'hi' });
    expect(setting.lines.at(-1)).toMatchObject({
      event: 'target-missing',
      reason: expect.stringContaining('edit e of never, delete d of never, delete d3 of nowhere'),
    });
  });

  test('drops what is malformed, a message or a record, with its reason', async () => {
    const writer = await setting.startWriter();
    const Records = [
      record('1', 'secret'),
      record('2', { source: 'channel.presence' }),
      record('3', envelope(chatMsg('a'), chatMsg('b', 'secret\0'))),
    ];
    expect(await writer({ Records })).toEqual({ batchItemFailures: [] });
    expect(await setting.texts()).toEqual({ a: 'hi' });
    expect(setting.lines.map(({ event, itemIdentifier, place }) => [event, itemIdentifier, place])).toEqual([
      ['malformed-event', '1', undefined],
      ['malformed-event', '2', undefined],
      ['malformed-message', '3', 1],
      ['applied', undefined, undefined],
    ]);
    expect(setting.lines.at(-1)).toMatchObject({ written: 1, malformed: 3 });
    expect(JSON.stringify(setting.lines)).not.toContain('secret');
  });

  test('fails whole when the database does, so that AWS repeats all of it', async () => {
    const writer = await setting.startWriter();
    await setting.client.query('alter table chat_data rename to elsewhere');
    const Records = [record('1', envelope(chatMsg('a'))), record('2', envelope(chatMsg('b')))];
    await expect(writer({ Records })).rejects.toMatchObject({ name: 'DatabaseRefused' });
    await setting.client.query('alter table elsewhere rename to chat_data');
    expect(await writer({ Records })).toEqual({ batchItemFailures: [] });
  });
});

test('an empty batch is nothing to do', async () => {
  const writer = await setting.startWriter();
  expect(await writer({ Records: [] })).toEqual({ batchItemFailures: [] });
});
