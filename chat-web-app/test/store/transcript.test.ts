import type { MessageVersions, PastPage, PastRow } from '@chat/contract';
import { describe, expect, test, vi } from 'vitest';
import type { PastRequest } from '~/api/archive';
import { RequestFailed } from '~/api/request-json';
import { toFile } from '~/store/transcript/format';
import { MAX_MESSAGES, readConversation } from '~/store/transcript/read-conversation';
import type { Reading } from '~/store/transcript/read-conversation';
import { aRow } from '../support/a-row';

const pastRow = (id: number, changed: Partial<PastRow> = {}): PastRow => ({
  ...aRow(id),
  is_deleted: false,
  ...changed,
});

/** Pages of this chat, by the ids of its messages. */
function pagesOf(rows: PastRow[]) {
  return ({ limit, before }: PastRequest): Promise<PastPage> => {
    const end = before === undefined ? rows.length : Number(before);
    const start = Math.max(end - limit, 0);
    return Promise.resolve({
      rows: rows.slice(start, end).reverse(),
      next: start > 0 ? String(start) : null,
    });
  };
}

const manyRows = (count: number) => Array.from({ length: count }, (_, index) => pastRow(index + 1));

function reading(changed: Partial<Reading>) {
  let now = 0;
  const waits: number[] = [];
  const controller = new AbortController();
  const options: Reading = {
    at: 1_700_000_000_000,
    withVersions: false,
    readPast: pagesOf([]),
    readVersions: () => Promise.resolve(null),
    clock: {
      now: () => now,
      after: (ms, action) => {
        waits.push(ms);
        now += ms;
        queueMicrotask(action);
        return () => undefined;
      },
      random: () => 0,
    },
    signal: controller.signal,
    onProgress: () => undefined,
    ...changed,
  };
  return { options, waits, controller };
}

const versions: MessageVersions = {
  versions: [
    { revision: 1, content: 'first', at: 1_000, source: 'chat' },
    { revision: 2, content: '# second', at: 2_000, source: 'database' },
    { revision: 3, content: 'after that time', at: 3_000, source: 'chat' },
  ],
  complete: true,
};

describe('A transcript', () => {
  test('has all messages of all pages in order, and reads not too often', async () => {
    const { options, waits } = reading({ readPast: pagesOf(manyRows(250)) });
    const { messages, isComplete } = await readConversation(options);
    expect(messages.map(({ id }) => id)).toEqual(manyRows(250).map(({ msg_id }) => msg_id));
    expect(isComplete).toBe(true);
    expect(waits).toEqual([250, 250]);
  });

  test('ends at its limit with the newest messages, and says so', async () => {
    const { options } = reading({ readPast: pagesOf(manyRows(MAX_MESSAGES + 50)) });
    const conversation = await readConversation(options);
    expect(conversation.messages).toHaveLength(MAX_MESSAGES);
    expect(conversation.messages[0]?.id).toBe('message-51');
    expect(conversation.isComplete).toBe(false);
    expect(toFile(conversation, 'markdown').text).toContain('Older messages exist');
    expect(toFile(conversation, 'json').text).toContain('"complete": false');
  });

  test('reads versions of edited messages only, up to the time chosen', async () => {
    const asked: string[] = [];
    const rows = [pastRow(1), pastRow(2, { revision: 2 }), pastRow(3, { revision: 2 })];
    const { options } = reading({
      readPast: pagesOf(rows),
      withVersions: true,
      // The third was deleted meanwhile.
      readVersions: (id) => {
        asked.push(id);
        return Promise.resolve(id === 'message-2' ? versions : null);
      },
    });
    const { messages } = await readConversation(options);
    expect(asked).toEqual(['message-2', 'message-3']);
    expect(messages[1]?.versions?.map(({ content }) => content)).toEqual(['first', '# second']);
    expect(messages[2]).toMatchObject({ isDeleted: true, text: null, author: null });
  });

  test('waits when the site permits no more requests', async () => {
    vi.spyOn(console, 'info').mockReturnValue();
    let isFirst = true;
    const { options, waits } = reading({
      readPast: () => {
        const fails = isFirst;
        isFirst = false;
        if (fails) return Promise.reject(new RequestFailed('too many', { status: 429 }));
        return Promise.resolve({ rows: [pastRow(1)], next: null });
      },
    });
    expect((await readConversation(options)).messages).toHaveLength(1);
    expect(waits).toEqual([60_000]);
  });

  test('fails with what it cannot read, and ends when it is cancelled', async () => {
    const failing = reading({ readPast: () => Promise.reject(new RequestFailed('no', { status: 500 })) });
    await expect(readConversation(failing.options)).rejects.toThrow('no');
    const read = vi.fn(pagesOf(manyRows(1_000)));
    const { options, controller } = reading({ readPast: read, onProgress: () => controller.abort() });
    await expect(readConversation(options)).rejects.toThrow(/abort/i);
    expect(read).toHaveBeenCalledTimes(1);
  });
});

describe('The file of a transcript', () => {
  const conversation = async () => {
    const rows = [
      pastRow(1, { username: '**Eve**', msg_data: '# Not a heading\n<b>' }),
      pastRow(2, { revision: 2 }),
      pastRow(3, { is_deleted: true, msg_data: 'secret', username: 'Mallory' }),
      pastRow(4, { created_at_timestamp: 9_007_199_254_740_993n }),
    ];
    const { options } = reading({
      readPast: pagesOf(rows),
      withVersions: true,
      readVersions: () => Promise.resolve(versions),
    });
    return readConversation(options);
  };

  test('is Markdown whose only heading is its own', async () => {
    const { name, text } = toFile(await conversation(), 'markdown');
    expect(name).toBe('chat-2023-11-14T22-13-20.md');
    expect(text.split('\n').filter((line) => line.startsWith('#'))).toEqual(['# Group chat']);
    expect(text).toBe(
      [
        '# Group chat',
        'As of 2023-11-14 22:13:20 UTC, 4 messages.',
        String.raw`**\*\*Eve\*\***, 1970-01-01 00:00:01 UTC:`,
        '> \\# Not a heading\\\n> \\<b\\>',
        '**Ann**, 1970-01-01 00:00:02 UTC (edited, v2):',
        'v1, 1970-01-01 00:00:01 UTC:',
        '> first',
        'v2, 1970-01-01 00:00:02 UTC, by the database:',
        String.raw`> \# second`,
        '1970-01-01 00:00:03 UTC: *This message was deleted later.*',
        '**Ann**, at an unknown time:',
        '> text 4\n',
      ].join('\n\n'),
    );
  });

  test('is JSON with every exact time', async () => {
    const { name, text } = toFile(await conversation(), 'json');
    expect(name).toBe('chat-2023-11-14T22-13-20.json');
    expect(text).not.toMatch(/secret|Mallory/);
    const { messages } = await conversation();
    expect(messages[2]).toMatchObject({ text: null, author: null, authorId: null });
    const content = JSON.parse(text) as { messages: Record<string, unknown>[] };
    expect(content).toMatchObject({ as_of: 1_700_000_000_000, complete: true });
    expect(content.messages[0]).toMatchObject({ author: '**Eve**', text: '# Not a heading\n<b>' });
    expect(content.messages[2]).toEqual({ msg_id: 'message-3', created_at: 3_000, deleted: true });
    expect(content.messages[3]).toMatchObject({ created_at: '9007199254740993' });
  });
});
