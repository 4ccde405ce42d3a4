import { describe, expect } from 'vitest';
import { chatMsg, deletedMsg, editedMsg, envelope } from './support/events.ts';
import { test } from './support/fixtures.ts';

/* Records as AWS's event source mappings build them, without fields that the function ignores. */
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
] as const)('chat-writer with a batch from %s', (_, record) => {
  test('writes all records in one transaction and reports none as failed', async ({
    startWriter,
    database,
    lines,
  }) => {
    const writer = await startWriter();
    const Records = [
      record('1', envelope(chatMsg('a', 'é'), chatMsg('b'))),
      record('2', envelope(chatMsg('c'))),
      record('3', envelope(editedMsg('e', 'a', 'edited'))),
    ];
    expect(await writer({ Records })).toEqual({ batchItemFailures: [] });
    expect(await database.texts()).toEqual({ a: 'edited', b: 'hi', c: 'hi' });
    const { rows } = await database.client.query(
      'select count(distinct xmin::text)::int as n from chat_data',
    );
    expect(rows).toEqual([{ n: 1 }]);
    expect(lines.at(-1)).toMatchObject({ written: 4 });
  });

  test('reports each record with a missing target once and commits the others', async ({
    startWriter,
    database,
    lines,
  }) => {
    const writer = await startWriter();
    const justNow = { timestamp: Date.now() };
    const Records = [
      record('1', envelope(chatMsg('a'))),
      record(
        '2',
        envelope(editedMsg('e', 'never', 'x', justNow), deletedMsg('d', 'never', justNow), chatMsg('b')),
      ),
      record('3', envelope(deletedMsg('d2', 'a'))),
      record('4', envelope(deletedMsg('d3', 'nowhere', justNow))),
    ];
    expect(await writer({ Records })).toEqual({
      batchItemFailures: [{ itemIdentifier: '2' }, { itemIdentifier: '4' }],
    });
    expect(await database.texts()).toEqual({ b: 'hi' });
    expect(lines.at(-1)).toMatchObject({
      event: 'target-missing',
      reason: expect.stringContaining('edit "e" of "never", delete "d" of "never", delete "d3" of "nowhere"'),
    });
  });

  test('drops malformed messages and records and logs each reason', async ({
    startWriter,
    database,
    lines,
  }) => {
    const writer = await startWriter();
    const Records = [
      record('1', 'secret'),
      record('2', { source: 'channel.presence' }),
      record('3', envelope(chatMsg('a'), chatMsg('b', 'secret\0'))),
    ];
    expect(await writer({ Records })).toEqual({ batchItemFailures: [] });
    expect(await database.texts()).toEqual({ a: 'hi' });
    expect(lines.map(({ event, itemIdentifier, index }) => [event, itemIdentifier, index])).toEqual([
      ['malformed-event', '1', undefined],
      ['malformed-event', '2', undefined],
      ['malformed-message', '3', 1],
      ['applied', undefined, undefined],
    ]);
    expect(lines.at(-1)).toMatchObject({ written: 1, malformed: 3 });
    expect(JSON.stringify(lines)).not.toContain('secret');
  });

  test('throws when the database fails, so that AWS retries the whole batch', async ({
    startWriter,
    database,
  }) => {
    const writer = await startWriter();
    await database.client.query('alter table chat_data rename to elsewhere');
    const Records = [record('1', envelope(chatMsg('a'))), record('2', envelope(chatMsg('b')))];
    await expect(writer({ Records })).rejects.toMatchObject({ name: 'DatabaseRefused' });
    await database.client.query('alter table elsewhere rename to chat_data');
    expect(await writer({ Records })).toEqual({ batchItemFailures: [] });
  });
});

test('chat-writer accepts an empty batch', async ({ startWriter }) => {
  const writer = await startWriter();
  expect(await writer({ Records: [] })).toEqual({ batchItemFailures: [] });
});
