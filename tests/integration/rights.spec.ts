import { INCOMING_CHANNEL, OUTGOING_CHANNEL, READ_PATHS } from '@chat/contract';
import type * as Ably from 'ably';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { expectSoon } from '../support/expect-soon.ts';
import { connectParticipant } from '../support/participant.ts';
import { test as onStack } from '../support/stack.ts';

const test = onStack
  /** Connects a client with a token of the site, as a tab does. */
  .extend('connect', ({ stack }, { onCleanup }) => {
    const clients: Ably.Realtime[] = [];
    onCleanup(() => clients.forEach((client) => client.close()));
    return async (): Promise<Ably.Realtime> => {
      const client = await connectParticipant(stack);
      clients.push(client);
      return client;
    };
  });

/** Promise 4 of docs/architecture.md. */
describe('a client with a token of the site', () => {
  test('cannot publish to the incoming channel', async ({ connect }) => {
    const client = await connect();
    await expect(client.channels.get(INCOMING_CHANNEL).publish('forged', {})).rejects.toMatchObject({
      code: 40160,
    });
  });

  test('cannot publish under another clientId', async ({ connect }) => {
    const client = await connect();
    const forged = { name: 'chatMsg', data: { username: 'Eve', content: 'hi' }, clientId: 'another-author' };
    await expect(client.channels.get(OUTGOING_CHANNEL).publish(forged)).rejects.toMatchObject({
      code: 40012,
    });
  });

  test("cannot edit or delete another author's message", async ({ connect, query }) => {
    const [author, other] = [await connect(), await connect()];
    const outgoing = (client: Ably.Realtime) => client.channels.get(OUTGOING_CHANNEL);
    await outgoing(author).publish({
      id: 'mine',
      name: 'chatMsg',
      data: { username: 'Ada', content: 'Mine' },
    });
    await expectSoon(() => query('select msg_id from chat_data')).toEqual([{ msg_id: 'mine' }]);

    await outgoing(other).publish('editedMsg', { username: 'Eve', content: 'Hers now', msgIdToEdit: 'mine' });
    await outgoing(other).publish('deletedMsg', { msgIdToDelete: 'mine' });
    await outgoing(other).publish({
      id: 'last',
      name: 'chatMsg',
      data: { username: 'Eve', content: 'Last' },
    });
    await expectSoon(() => query('select msg_id from chat_data')).toHaveLength(2);
    expect(await query(`select msg_data, revision from chat_data where msg_id = 'mine'`)).toEqual([
      { msg_data: 'Mine', revision: 1 },
    ]);
  });

  test('cannot take the ids of messages that another connection will publish', async ({ connect, query }) => {
    const [victim, other] = [await connect(), await connect()];
    const outgoing = (client: Ably.Realtime) => client.channels.get(OUTGOING_CHANNEL);
    // Presence shows the id of every connection.
    for (const serial of [0, 1]) {
      await outgoing(other).publish({
        id: `${victim.connection.id}:${serial}:0`,
        name: 'chatMsg',
        data: { username: 'Eve', content: 'put into her mouth' },
      });
    }
    await outgoing(victim).publish('chatMsg', { username: 'Ada', content: 'My own words' });
    await expectSoon(() => query("select client_id from chat_data where msg_data = 'My own words'")).toEqual([
      { client_id: victim.auth.clientId },
    ]);
    expect(await query("select from chat_data where msg_data = 'put into her mouth'")).toEqual([]);
  });

  test('cannot cause dead letters by edits of messages that never were', async ({ connect, dataDir }) => {
    const outgoing = (await connect()).channels.get(OUTGOING_CHANNEL);
    const data = { username: 'Eve', content: 'x', msgIdToEdit: 'never' };
    await outgoing.publish({ id: 'edit-of-nothing', name: 'editedMsg', data });
    // The queue has it until chat-writer has dropped it at the last attempt.
    const queue = () => readFile(join(dataDir, 'lambda-queue.jsonl'), 'utf8');
    await expectSoon(queue).toContain('edit-of-nothing');
    await expectSoon(queue).not.toContain('edit-of-nothing');
    expect(await readdir(join(dataDir, 'dead-letters')).catch(() => [])).toEqual([]);
  });

  test('cannot read the database without the secret of the history function', async ({ stack }) => {
    for (const path of ['', READ_PATHS.changes]) {
      const response = await fetch(`${stack.lambda}/url/chat-history${path}`);
      expect(response.status).toBe(401);
    }
  });
});
