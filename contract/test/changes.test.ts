import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { ChangesCursorSchema, ChatChangesSchema, formatChangesCursor } from '../src/index.ts';

describe('cursor of chat-changes', () => {
  test.each(['1700000000000~700:705:701,703', '1700000000000~700:700:'])('%s is read and written', (text) => {
    expect(formatChangesCursor(v.parse(ChangesCursorSchema, text))).toBe(text);
  });

  test('is valid with any number of running transactions, none of which counts as seen', () => {
    const running = Array.from({ length: 5_000 }, (_, number) => 700 + 2 * number);
    const text = formatChangesCursor({ ms: 5, snapshot: `700:20000:${running.join()}` });
    expect(text).toBe('5~700:700:');
    expect(v.is(ChangesCursorSchema, text)).toBe(true);
  });

  test.each([
    '',
    '700:700:',
    '5~',
    '5~700:',
    '5~700:700',
    '5~700:699:',
    '5~0:700:',
    '5~700:705:705',
    '5~700:705:699',
    '5~700:705:703,701',
    '5~700:705:701,',
    '5~4294967296:4294967297:',
    '-5~700:700:',
    '5~700:700:\n',
  ])('%j is rejected', (text) => {
    expect(v.is(ChangesCursorSchema, text)).toBe(false);
  });
});

test('an insert or edit without its row is no change', () => {
  const answer = (kind: string) => ({ changes: [{ kind, msg_id: 'm' }], cursor: '', complete: true });
  expect(v.is(ChatChangesSchema, answer('delete'))).toBe(true);
  for (const kind of ['insert', 'edit', 'other']) expect(v.is(ChatChangesSchema, answer(kind))).toBe(false);
});
