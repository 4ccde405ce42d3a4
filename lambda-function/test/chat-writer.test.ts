import { expect, test, vi } from 'vitest';
import { chatMsg, deletedMsg, editedMsg, envelope } from './support/events.ts';
import { useSetting } from './support/setting.ts';

const setting = useSetting();

test('every message of an event is written, and the log says how many, with the request id and as metrics', async () => {
  const writer = await setting.startWriter();
  expect(await writer(envelope(chatMsg('a', 'one'), chatMsg('b', 'two'), chatMsg('c', 'three')))).toEqual({
    written: 3,
  });
  expect(await setting.texts()).toEqual({ a: 'one', b: 'two', c: 'three' });
  expect(setting.lines).toEqual([
    {
      level: 'info',
      event: 'applied',
      requestId: expect.stringMatching(/^request-/),
      outcomes: { written: 3 },
      ...{ written: 3, duplicate: 0, refused: 0, malformed: 0, retryable: 0, latency: expect.any(Number) },
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
              { Name: 'malformed', Unit: 'Count' },
              { Name: 'retryable', Unit: 'Count' },
              { Name: 'latency', Unit: 'Milliseconds' },
            ],
          },
        ],
      },
    },
  ]);
});

test('a message alone, its repeat, and its repeat after a delete', async () => {
  const writer = await setting.startWriter();
  expect(await writer(envelope(chatMsg('m', 'hi')))).toEqual({ written: 1 });
  expect(await writer(envelope(chatMsg('m', 'again')))).toEqual({ duplicate: 1 });
  expect(await writer(envelope(deletedMsg('d', 'm')))).toEqual({ deleted: 1 });
  expect(await writer(envelope(chatMsg('m')))).toEqual({ gone: 1 });
  expect(await setting.texts()).toEqual({});
  expect(setting.lines.map(({ written, duplicate }) => [written, duplicate])).toEqual([
    [1, 0],
    [0, 1],
    [1, 0],
    [0, 1],
  ]);
});

test('one bad message among ten: nine are written, the reason is logged, the text is not', async () => {
  const writer = await setting.startWriter();
  const messages = Array.from({ length: 10 }, (_, n) => chatMsg(`m${n}`, n === 4 ? 'secret\0' : 'fine'));
  expect(await writer(envelope(...messages))).toEqual({ written: 9, malformed: 1 });
  expect(Object.keys(await setting.texts())).toHaveLength(9);
  expect(setting.lines).toEqual([
    expect.objectContaining({
      level: 'warn',
      event: 'malformed-message',
      place: 4,
      reason: 'The data of chatMsg is not valid: content: must not contain control characters',
    }),
    expect.objectContaining({ event: 'applied', written: 9, malformed: 1 }),
  ]);
  expect(JSON.stringify(setting.lines)).not.toMatch(/secret|fine/);
});

test.each([
  [undefined],
  [null],
  [[]],
  [{ messages: 'x' }],
  [{ Records: 'x' }],
  [{ ...envelope(chatMsg('m')), source: 'channel.presence' }],
])('an event that is no envelope (%o) is logged and dropped, never retried', async (event) => {
  const writer = await setting.startWriter();
  expect(await writer(event)).toEqual({ malformed: 1 });
  expect(setting.lines).toEqual([
    expect.objectContaining({ level: 'warn', event: 'malformed-event', reason: expect.any(String) }),
    expect.objectContaining({ event: 'applied', malformed: 1 }),
  ]);
});

test('an event repeated by AWS changes nothing', async () => {
  const writer = await setting.startWriter();
  const event = envelope(chatMsg('m'), editedMsg('e', 'm', 'edited'));
  expect(await writer(event)).toEqual({ written: 1, edited: 1 });
  expect(await writer(event)).toEqual({ duplicate: 2 });
  expect(await setting.texts()).toEqual({ m: 'edited' });
});

test('another’s edit and delete are refused, and counted', async () => {
  const writer = await setting.startWriter();
  await writer(envelope(chatMsg('m', 'mine')));
  const eve = { clientId: 'eve' };
  expect(await writer(envelope(editedMsg('e', 'm', 'defaced', eve), deletedMsg('d', 'm', eve)))).toEqual({
    foreign: 2,
  });
  expect(await setting.texts()).toEqual({ m: 'mine' });
  expect(setting.lines.at(-1)).toMatchObject({ refused: 2 });
});

test('an edit before its insert: the others are committed, then a named error asks AWS to retry', async () => {
  const writer = await setting.startWriter();
  const event = envelope(editedMsg('e', 'late', 'edited'), chatMsg('other'), deletedMsg('d', 'never'));
  await expect(writer(event)).rejects.toMatchObject({
    name: 'TargetMissing',
    message: expect.stringContaining('not in the database yet: edit e of late, delete d of never.'),
  });
  expect(setting.lines.at(-1)).toMatchObject({ event: 'applied', written: 1, retryable: 2 });
  expect(await setting.texts()).toEqual({ other: 'hi' });
  await writer(envelope(chatMsg('late')));
  await expect(writer(event)).rejects.toMatchObject({ orphans: [{ id: 'd' }] });
  expect(await setting.texts()).toEqual({ other: 'hi', late: 'edited' });
});

test('a dead letter’s reason stays short, however many messages wait', async () => {
  const writer = await setting.startWriter();
  const edits = Array.from({ length: 500 }, (_, n) => editedMsg(`e${n}`, 'never', 'x'));
  const failure = await writer(envelope(...edits)).catch(String);
  expect(failure).toMatch(/edit e19 of never and 480 more\./);
});

test('text is data, whatever it says', async () => {
  const writer = await setting.startWriter();
  const nasty = [
    "'); drop table chat_data; --",
    '{"a",NULL,\\}',
    'NULL',
    '$1 \\x00 \\u0000',
    '👩‍👩‍👧 ‏ שלום\n\t<b>',
  ];
  await writer(envelope(...nasty.map((content, n) => chatMsg(`m${n}`, content))));
  for (const [n, content] of nasty.entries()) await writer(envelope(chatMsg(`alone${n}`, content)));
  expect(Object.values(await setting.texts()).sort()).toEqual([...nasty, ...nasty].sort());
});

test('an event of 1,000 messages is one transaction', async () => {
  const writer = await setting.startWriter();
  await writer(envelope(...Array.from({ length: 1000 }, (_, n) => chatMsg(`m${n}`))));
  const { rows } = await setting.client.query(
    'select count(*)::int, count(distinct xmin::text)::int as transactions from chat_data',
  );
  expect(rows).toEqual([{ count: 1000, transactions: 1 }]);
});

test.each([[[chatMsg('m'), chatMsg('n')]], [[chatMsg('m')]]])(
  'a delete at the same moment as the repeated insert is met with another attempt',
  async (repeated) => {
    const writer = await setting.startWriter();
    const { client } = setting;
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
    expect(await setting.texts()).toEqual(others ? { n: 'hi' } : {});
  },
);
