import { ChatChangesSchema, HistoryPageSchema, ROUTES } from '@chat/contract';
import pg from 'pg';
import * as v from 'valibot';
import { expect } from 'vitest';
import { expectSoon } from '../support/expect-soon.ts';
import { connectParticipant } from '../support/participant.ts';
import { test } from '../support/stack.ts';

test('a reader that was away gets every change, also that of a transaction begun before', async ({
  stack,
  query,
}) => {
  const changesSince = async (cursor = '') => {
    const response = await fetch(
      `${stack.site}${ROUTES.chatChanges}?${new URLSearchParams({ since: cursor })}`,
    );
    const { changes, ...answer } = v.parse(ChatChangesSchema, await response.json());
    return { ...answer, changes: changes.map(({ kind, msg_id }) => `${kind} ${msg_id}`).sort() };
  };
  await query(`insert into chat_data (msg_id, created_at_timestamp) values ('old', 1), ('gone', 1)`);

  const program = new pg.Client(stack.postgres);
  await program.connect();
  await program.query(`begin; insert into chat_data (msg_id) values ('imported')`);
  const page = await fetch(`${stack.site}${ROUTES.chatHistory}`);
  const { cursor, rows } = v.parse(HistoryPageSchema, await page.json());
  expect(rows.map(({ msg_id }) => msg_id).sort()).toEqual(['gone', 'old']);

  const author = await connectParticipant(stack);
  const message = { id: 'written', name: 'chatMsg', data: { username: 'Ada', content: 'Meanwhile' } };
  await author.channels.get('outgoing-chat').publish(message);
  await expectSoon(() => query(`select from chat_data where msg_id = 'written'`)).toHaveLength(1);
  author.close();
  await query(`update chat_data set msg_data = 'new' where msg_id = 'old'`);
  await query(`delete from chat_data where msg_id = 'gone'`);
  const before = await changesSince(cursor);
  expect(before).toMatchObject({ changes: ['delete gone', 'edit old', 'insert written'], complete: true });

  await program.query('commit');
  await program.end();
  const after = await changesSince(before.cursor);
  expect(after).toMatchObject({ changes: ['insert imported'], complete: true });
  expect(await changesSince(after.cursor)).toMatchObject({ changes: [], complete: true });
});
