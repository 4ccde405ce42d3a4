import { describe, expect } from 'vitest';
import { DEFAULT_TARGET_WAIT, targetDeadline } from '../src/target-wait.ts';
import { chatMsg, editedMsg, envelope, NOW } from './support/events.ts';
import { test } from './support/fixtures.ts';

const old = { timestamp: NOW - DEFAULT_TARGET_WAIT };
const kinesis = (sequenceNumber: string, body: unknown) => ({
  eventSource: 'aws:kinesis',
  kinesis: { sequenceNumber, data: Buffer.from(JSON.stringify(body)).toString('base64') },
});

describe('the deadline for the target of an edit', () => {
  test.for([
    ['counts from its arrival at Ably', { receivedAt: 900, isOrdered: false }, 900 + 150_000],
    ['ignores a time in the future', { receivedAt: 9_000, isOrdered: false }, 1_000 + 150_000],
    [
      'begins again when the event is redriven',
      { receivedAt: 1, redrivenAt: 950, isOrdered: false },
      950 + 150_000,
    ],
    ['is ten seconds for a record of a stream', { receivedAt: 900, isOrdered: true }, 900 + 10_000],
  ] as const)('%s', ([, times, deadline]) => {
    expect(targetDeadline(times, DEFAULT_TARGET_WAIT, 1_000)).toBe(deadline);
  });

  test('ends before the last of the attempts of AWS, which come after one and two minutes', () => {
    expect(DEFAULT_TARGET_WAIT).toBeLessThan(180_000);
  });
});

describe('chat-writer with an edit of a message that never was', () => {
  test('drops it after its time, logs and counts it, and applies the rest', async ({
    startWriter,
    database,
    lines,
  }) => {
    const writer = await startWriter();
    const event = envelope(chatMsg('a'), editedMsg('e', 'never', 'x', old));
    expect(await writer(event)).toEqual({ written: 1, orphaned: 1 });
    expect(await database.texts()).toEqual({ a: 'hi' });
    expect(lines).toMatchObject([
      { level: 'warn', event: 'orphaned', reason: 'edit "e" of "never"' },
      { event: 'applied', written: 1, orphaned: 1, waiting: 0, targetMissing: 0 },
    ]);
  });

  test('retries a younger one in the same event, and does not mention the old one', async ({
    startWriter,
  }) => {
    const writer = await startWriter();
    const event = envelope(editedMsg('young', 'never', 'x'), editedMsg('old', 'never', 'x', old));
    await expect(writer(event)).rejects.toMatchObject({ orphans: [{ id: 'young' }] });
  });

  test('retries an old one that is redriven', async ({ startWriter }) => {
    const writer = await startWriter();
    const event = { ...envelope(editedMsg('e', 'late', 'x', old)), redrivenAt: Date.now() };
    await expect(writer(event)).rejects.toMatchObject({ name: 'TargetMissing' });
  });

  test('waits as long as TARGET_WAIT_MS says', async ({ startWriter }) => {
    const writer = await startWriter({ TARGET_WAIT_MS: '0' });
    expect(await writer(envelope(editedMsg('e', 'never', 'x')))).toEqual({ orphaned: 1 });
  });

  test('holds the shard of a stream for ten seconds at most', async ({ startWriter }) => {
    const writer = await startWriter();
    const Records = [
      kinesis('1', envelope(editedMsg('young', 'never', 'x', { timestamp: Date.now() }))),
      kinesis('2', envelope(editedMsg('old', 'never', 'x', { timestamp: NOW - 10_000 }))),
    ];
    expect(await writer({ Records })).toEqual({ batchItemFailures: [{ itemIdentifier: '1' }] });
  });
});
