import { describe, expect, vi } from 'vitest';
import { chatMsg, deletedMsg, editedMsg, envelope } from './support/events.ts';
import { test } from './support/fixtures.ts';

describe('chat-writer', () => {
  test('writes every message of an event and logs their number, with request id and as metrics', async ({
    startWriter,
    database,
    lines,
  }) => {
    const writer = await startWriter();
    expect(await writer(envelope(chatMsg('a', 'one'), chatMsg('b', 'two'), chatMsg('c', 'three')))).toEqual({
      written: 3,
    });
    expect(await database.texts()).toEqual({ a: 'one', b: 'two', c: 'three' });
    expect(lines).toEqual([
      {
        level: 'info',
        event: 'applied',
        requestId: expect.stringMatching(/^request-/),
        outcomes: { written: 3 },
        ...{ written: 3, duplicate: 0, refused: 0, limited: 0, malformed: 0, orphaned: 0, waiting: 0 },
        ...{ targetMissing: 0, failed: 0, latency: expect.any(Number) },
        FunctionName: 'chat-writer',
        _aws: {
          Timestamp: expect.any(Number),
          CloudWatchMetrics: [
            {
              Namespace: 'Chat',
              Dimensions: [['FunctionName']],
              Metrics: [
                { Name: 'written', Unit: 'Count' },
                { Name: 'duplicate', Unit: 'Count' },
                { Name: 'refused', Unit: 'Count' },
                { Name: 'limited', Unit: 'Count' },
                { Name: 'malformed', Unit: 'Count' },
                { Name: 'orphaned', Unit: 'Count' },
                { Name: 'waiting', Unit: 'Count' },
                { Name: 'targetMissing', Unit: 'Count' },
                { Name: 'failed', Unit: 'Count' },
                { Name: 'latency', Unit: 'Milliseconds' },
              ],
            },
          ],
        },
      },
    ]);
  });

  test('ignores a repeated message, also after it was deleted', async ({ startWriter, database, lines }) => {
    const writer = await startWriter();
    expect(await writer(envelope(chatMsg('m', 'hi')))).toEqual({ written: 1 });
    expect(await writer(envelope(chatMsg('m', 'again')))).toEqual({ duplicate: 1 });
    expect(await writer(envelope(deletedMsg('d', 'm')))).toEqual({ deleted: 1 });
    expect(await writer(envelope(chatMsg('m')))).toEqual({ gone: 1 });
    expect(await database.texts()).toEqual({});
    expect(lines.map(({ written, duplicate }) => [written, duplicate])).toEqual([
      [1, 0],
      [0, 1],
      [1, 0],
      [0, 1],
    ]);
  });

  test('drops one malformed message of ten, and logs its reason but not its text', async ({
    startWriter,
    database,
    lines,
  }) => {
    const writer = await startWriter();
    const messages = Array.from({ length: 10 }, (_, n) => chatMsg(`m${n}`, n === 4 ? 'secret\0' : 'fine'));
    expect(await writer(envelope(...messages))).toEqual({ written: 9, malformed: 1 });
    expect(Object.keys(await database.texts())).toHaveLength(9);
    expect(lines).toEqual([
      expect.objectContaining({
        level: 'warn',
        event: 'malformed-message',
        index: 4,
        reason: 'The data of chatMsg is not valid: content: must not contain control characters',
      }),
      expect.objectContaining({ event: 'applied', written: 9, malformed: 1 }),
    ]);
    expect(JSON.stringify(lines)).not.toMatch(/secret|fine/);
  });

  test.for([
    [undefined],
    [null],
    [[]],
    [{ messages: 'x' }],
    [{ Records: 'x' }],
    [{ ...envelope(chatMsg('m')), source: 'channel.presence' }],
  ])('logs and drops an event that is not an envelope (%o)', async ([event], { startWriter, lines }) => {
    const writer = await startWriter();
    expect(await writer(event)).toEqual({ malformed: 1 });
    expect(lines).toEqual([
      expect.objectContaining({ level: 'warn', event: 'malformed-event', reason: expect.any(String) }),
      expect.objectContaining({ event: 'applied', malformed: 1 }),
    ]);
  });

  test('changes nothing when AWS repeats an event', async ({ startWriter, database }) => {
    const writer = await startWriter();
    const event = envelope(chatMsg('m'), editedMsg('e', 'm', 'edited'));
    expect(await writer(event)).toEqual({ written: 1, edited: 1 });
    expect(await writer(event)).toEqual({ duplicate: 2 });
    expect(await database.texts()).toEqual({ m: 'edited' });
  });

  test('rejects and counts an edit and a delete by another client than the author', async ({
    startWriter,
    database,
    lines,
  }) => {
    const writer = await startWriter();
    await writer(envelope(chatMsg('m', 'mine')));
    const eve = { clientId: 'eve' };
    expect(await writer(envelope(editedMsg('e', 'm', 'defaced', eve), deletedMsg('d', 'm', eve)))).toEqual({
      foreign: 2,
    });
    expect(await database.texts()).toEqual({ m: 'mine' });
    expect(lines.at(-1)).toMatchObject({ refused: 2 });
  });

  test('commits the other messages and throws TargetMissing when an edit precedes its insert', async ({
    startWriter,
    database,
    lines,
  }) => {
    const writer = await startWriter();
    const event = envelope(editedMsg('e', 'late', 'edited'), chatMsg('other'), deletedMsg('d', 'never'));
    await expect(writer(event)).rejects.toMatchObject({
      name: 'TargetMissing',
      message: expect.stringContaining('not in the database yet: edit "e" of "late", delete "d" of "never".'),
    });
    expect(lines.at(-1)).toMatchObject({ event: 'applied', written: 1, waiting: 2, targetMissing: 1 });
    expect(await database.texts()).toEqual({ other: 'hi' });
    await writer(envelope(chatMsg('late')));
    await expect(writer(event)).rejects.toMatchObject({ orphans: [{ id: 'd' }] });
    expect(await database.texts()).toEqual({ other: 'hi', late: 'edited' });
  });

  test('keeps the reason of a dead letter short when 500 edits have no target', async ({ startWriter }) => {
    const writer = await startWriter();
    const edits = Array.from({ length: 500 }, (_, n) => editedMsg(`e${n}`, 'never', 'x'));
    const failure = await writer(envelope(...edits)).catch(String);
    expect(failure).toMatch(/edit "e4" of "never" and 495 more\./);
  });

  test('stores text that looks like SQL, arrays or markup unchanged', async ({ startWriter, database }) => {
    const writer = await startWriter();
    const nasty = [
      "'); drop table chat_data; --",
      '{"a",NULL,\\}',
      'NULL',
      '$1 \\x00 \\u0000',
      '👩‍👩‍👧 ‏ שלום\n\t<b>',
    ];
    await writer(envelope(...nasty.map((content, n) => chatMsg(`m${n}`, content))));
    for (const [n, content] of nasty.entries()) await writer(envelope(chatMsg(`alone${n}`, content)));
    expect(Object.values(await database.texts()).sort()).toEqual([...nasty, ...nasty].sort());
  });

  test('writes an event of 1,000 messages in one transaction', async ({ startWriter, database }) => {
    const writer = await startWriter();
    await writer(envelope(...Array.from({ length: 1000 }, (_, n) => chatMsg(`m${n}`))));
    const { rows } = await database.client.query(
      'select count(*)::int, count(distinct xmin::text)::int as transactions from chat_data',
    );
    expect(rows).toEqual([{ count: 1000, transactions: 1 }]);
  });

  test.for([[[chatMsg('m'), chatMsg('n')]], [[chatMsg('m')]]])(
    'retries at once when a concurrent delete conflicts with a repeated insert',
    async ([repeated = []], { startWriter, database }) => {
      const writer = await startWriter();
      const { client } = database;
      await writer(envelope(chatMsg('m')));
      await client.query('begin');
      await client.query("delete from chat_data where msg_id = 'm'");
      const repeat = writer(envelope(...repeated));
      await vi.waitFor(async () => {
        const { rows } = await client.query('select from pg_locks where not granted');
        expect(rows).toHaveLength(1);
      });
      await client.query('commit');
      const others = repeated.length - 1;
      expect(await repeat).toEqual({ gone: 1, ...(others && { written: others }) });
      expect(await database.texts()).toEqual(others ? { n: 'hi' } : {});
    },
  );
});
