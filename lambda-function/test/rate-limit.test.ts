import { expect } from 'vitest';
import { chatMsg, deletedMsg, editedMsg, envelope } from './support/events.ts';
import { test } from './support/fixtures.ts';

test('chat-writer drops what exceeds MESSAGES_PER_MINUTE, names its author, and does not fail', async ({
  startWriter,
  database,
  lines,
}) => {
  const writer = await startWriter({ MESSAGES_PER_MINUTE: '2' });
  expect(await writer(envelope(chatMsg('a', 'one')))).toEqual({ written: 1 });
  expect(await writer(envelope(chatMsg('a', 'again')))).toEqual({ duplicate: 1 });
  expect(await writer(envelope(editedMsg('e', 'a', 'two')))).toEqual({ edited: 1 });
  expect(await writer(envelope(chatMsg('b'), chatMsg('c', 'hi', { clientId: 'bob' })))).toEqual({
    limited: 1,
    written: 1,
  });
  expect(lines.slice(-2)).toMatchObject([
    { level: 'warn', event: 'limited', reason: 'too many messages within a minute of "ann"' },
    { event: 'applied', limited: 1, written: 1 },
  ]);
  expect(await writer(envelope(deletedMsg('d', 'a')))).toEqual({ deleted: 1 });
  expect(await database.texts()).toEqual({ c: 'hi' });
});

test('chat-writer has no limit without it', async ({ startWriter }) => {
  const writer = await startWriter();
  const messages = Array.from({ length: 700 }, (_, n) => chatMsg(`m${n}`));
  expect(await writer(envelope(...messages))).toEqual({ written: 700 });
});
