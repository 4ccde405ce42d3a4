import { INCOMING_CHANNEL, OUTGOING_CHANNEL } from '@chat/contract';
import type * as Ably from 'ably';
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

  test('cannot read the database without the secret of the history function', async ({ stack }) => {
    const response = await fetch(`${stack.lambda}/url/chat-history`);
    expect(response.status).toBe(401);
  });
});
