import { INCOMING_CHANNEL, OUTGOING_CHANNEL } from '@chat/contract';
import type { Stack } from '@chat/stack';
import { describe, expect } from 'vitest';
import { expectCount, expectShown, expectSoon } from '../support/expect-soon.ts';
import { test as journey } from '../support/journey.ts';
import { connectParticipant, requestToken } from '../support/participant.ts';

/** What Ably's client cannot undo, or undoes to something strange. */
const PAYLOADS: { data: unknown; encoding?: string; extras?: object }[] = [
  { data: 'AAAA', encoding: 'vcdiff' },
  { data: 'AAAA', encoding: 'vcdiff/base64' },
  { data: 'AAAA', encoding: 'cipher+aes-256-cbc/base64' },
  { data: 'AAAA', encoding: 'utf-8/cipher+aes-128-cbc' },
  { data: '{', encoding: 'json' },
  { data: 'null', encoding: 'json' },
  { data: '"text"', encoding: 'json' },
  { data: '?', encoding: 'base64' },
  { data: 'text', encoding: 'utf-8' },
  { data: 'text', encoding: '/' },
  { data: 'text', encoding: 'x' },
  { data: 'text', encoding: 'json/'.repeat(5_000) },
  { data: '['.repeat(30_000), encoding: 'json' },
  { data: '__proto__' },
  { data: { name: 'Eve', typing: true, __proto__: null, toString: 1 } },
  { data: { name: { name: 'Eve' }, typing: 'yes' } },
  { data: { name: 'e\u0301'.repeat(20_000) } },
  { data: [] },
  { data: 'text', extras: { delta: { from: 'nothing', format: 'vcdiff' } } },
  { data: 'text', extras: { headers: { constructor: 1 } } },
];

const ACTION = { ACK: 1, NACK: 2, ATTACH: 10, ATTACHED: 11, PRESENCE: 14, MESSAGE: 15 };

/**
 * Sends frames of Ably's protocol with the token of a tab, without the encoding of Ably's client,
 * and waits until each is accepted or rejected. The connection stays open.
 */
async function sendRaw(stack: Stack, frames: object[]): Promise<void> {
  const query = new URLSearchParams({ access_token: await requestToken(stack), format: 'json', v: '6' });
  const socket = new WebSocket(`ws://127.0.0.1:${stack.ably.port}/?${query}`);
  await new Promise<unknown>((resolve) => socket.addEventListener('open', resolve, { once: true }));
  const { promise: answered, resolve, reject } = Promise.withResolvers<undefined>();
  let unanswered = frames.length;
  socket.addEventListener('close', () => reject(new Error('The broker closed the connection')));
  socket.addEventListener('message', ({ data }) => {
    const { action, count = 1 } = JSON.parse(String(data)) as { action: number; count?: number };
    if (action === ACTION.ATTACHED) for (const frame of frames) socket.send(JSON.stringify(frame));
    if (action === ACTION.ACK || action === ACTION.NACK) unanswered -= count;
    if (unanswered === 0) resolve(undefined);
  });
  socket.send(JSON.stringify({ action: ACTION.ATTACH, channel: INCOMING_CHANNEL }));
  await answered;
}

const test = journey.extend('participant', async ({ stack }, { onCleanup }) => {
  const client = await connectParticipant(stack);
  onCleanup(() => client.close());
  return client;
});

describe('a page beside a hostile participant', () => {
  test('stays live whatever is published on the outgoing channel', async ({ join, stack }) => {
    const ada = await join('Ada');
    const frames = PAYLOADS.map((payload, msgSerial) => ({
      action: ACTION.MESSAGE,
      channel: OUTGOING_CHANNEL,
      msgSerial,
      messages: [{ name: 'chatMsg', ...payload }],
    }));
    await sendRaw(stack, frames);
    await ada.send('Still alive');
    await expectCount(ada.message('Still alive'), 1);
    await expectSoon(() => ada.page.getByText('Not confirmed').count()).toBe(0);
    expect(ada.complaints).toEqual([]);
  });

  test('stays live whatever is entered into the presence set', async ({ join, stack }) => {
    const ada = await join('Ada');
    const frames = PAYLOADS.map((payload, msgSerial) => ({
      action: ACTION.PRESENCE,
      channel: INCOMING_CHANNEL,
      msgSerial,
      presence: [{ action: 2, ...payload }],
    }));
    await sendRaw(stack, frames);
    await expectShown(ada.onlineCount(2));
    const ben = await join('Ben');
    await expectShown(ben.onlineCount(3));
    await ben.send('Hello Ada');
    await expectCount(ada.message('Hello Ada'), 1);
    expect([...ada.complaints, ...ben.complaints]).toEqual([]);
  });

  test('receives nothing of the outgoing channel, and its client sees no message in flight', async ({
    join,
    participant,
  }) => {
    const ada = await join('Ada');
    const outgoing = participant.channels.get(OUTGOING_CHANNEL);
    await outgoing.attach();
    expect(outgoing.modes).toEqual(['publish']);
    await ada.send('Between me and the database');
    await expectCount(ada.message('Between me and the database'), 1);
    await expect(outgoing.history()).rejects.toMatchObject({ code: 40160 });
  });
});
