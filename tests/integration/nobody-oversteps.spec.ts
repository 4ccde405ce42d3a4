import { INCOMING_CHANNEL, OUTGOING_CHANNEL, SessionSchema, parseInput } from '@chat/contract';
import * as Ably from 'ably';
import { afterEach, describe, expect, it } from 'vitest';
import { expectSoon } from '../support/expect-soon.ts';
import { useStack } from '../support/stack.ts';

/** Promise 4: nobody can edit or delete another's message, publish to the incoming channel, or be somebody else. */
describe('a client with a token of the site', () => {
  const held = useStack();
  const clients: Ably.Realtime[] = [];

  async function connect(): Promise<Ably.Realtime> {
    const response = await fetch(`${held.stack.site}/.netlify/functions/ably-auth`, {
      method: 'POST',
      body: '{}',
    });
    const session = parseInput(SessionSchema, await response.json(), 'session');
    const { endpoint, port } = held.stack.ably;
    const client = new Ably.Realtime({
      authCallback: (_params, callback) => callback(null, session.tokenRequest),
      endpoint,
      port,
      tls: false,
      logLevel: 0,
    });
    clients.push(client);
    await client.connection.once('connected');
    return client;
  }

  afterEach(() => {
    for (const client of clients.splice(0)) client.close();
  });

  it('cannot publish to the incoming channel', async () => {
    const client = await connect();
    await expect(client.channels.get(INCOMING_CHANNEL).publish('forged', {})).rejects.toMatchObject({
      code: 40160,
    });
  });

  it('cannot give itself another clientId', async () => {
    const client = await connect();
    const forged = { name: 'chatMsg', data: { username: 'Eve', content: 'hi' }, clientId: 'somebody-else' };
    await expect(client.channels.get(OUTGOING_CHANNEL).publish(forged)).rejects.toMatchObject({
      code: 40012,
    });
  });

  it("cannot edit or delete another's message", async () => {
    const [author, other] = [await connect(), await connect()];
    const outgoing = (client: Ably.Realtime) => client.channels.get(OUTGOING_CHANNEL);
    await outgoing(author).publish({
      id: 'mine',
      name: 'chatMsg',
      data: { username: 'Ada', content: 'Mine' },
    });
    await expectSoon(() => held.query('SELECT msg_id FROM chat_data')).toEqual([{ msg_id: 'mine' }]);

    await outgoing(other).publish('editedMsg', { username: 'Eve', content: 'Hers now', msgIdToEdit: 'mine' });
    await outgoing(other).publish('deletedMsg', { msgIdToDelete: 'mine' });
    await outgoing(other).publish({
      id: 'last',
      name: 'chatMsg',
      data: { username: 'Eve', content: 'Last' },
    });
    await expectSoon(() => held.query('SELECT msg_id FROM chat_data')).toHaveLength(2);
    expect(await held.query(`SELECT msg_data, revision FROM chat_data WHERE msg_id = 'mine'`)).toEqual([
      { msg_data: 'Mine', revision: 1 },
    ]);
  });

  it('cannot be read from the database without the secret of the history function', async () => {
    const response = await fetch(`${held.stack.lambda}/url/chat-history`);
    expect(response.status).toBe(401);
  });
});
