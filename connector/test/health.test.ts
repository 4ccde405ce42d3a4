import { expect, test } from 'vitest';
import { createEvents } from '../src/events.ts';
import { startHealthServer } from '../src/health.ts';

test.each([
  ['refuses', () => Promise.reject(new Error('no connection'))],
  ['does not answer', () => new Promise<never>(() => undefined)],
])('is well, and says that it does not know what waits, while the database %s', async (_, countWaiting) => {
  const events = createEvents();
  const health = await startHealthServer(0, events, countWaiting);
  events.emit('listening', { node: 'n' });
  try {
    const answer = await fetch(health.url);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ status: 'ok', state: 'listening', waitingRows: null });
  } finally {
    await health.close();
  }
});

test('counts once for everybody who asks within a second', async () => {
  let counted = 0;
  const health = await startHealthServer(0, createEvents(), () => Promise.resolve(++counted));
  try {
    const answers = await Promise.all([1, 2, 3].map(async () => (await fetch(health.url)).json()));
    expect(answers.map(({ waitingRows }) => waitingRows)).toEqual([1, 1, 1]);
  } finally {
    await health.close();
  }
});

test('is not well before it listened for the first time, and well ever after', async () => {
  const events = createEvents();
  const health = await startHealthServer(0, events, () => Promise.resolve(0));
  const ask = async () => {
    const answer = await fetch(health.url);
    const { status, state } = await answer.json();
    return [answer.status, status, state];
  };
  try {
    expect(await ask()).toEqual([503, 'starting', 'starting']);
    events.emit('listening', { node: 'n' });
    expect(await ask()).toEqual([200, 'ok', 'listening']);
    events.emit('connection:lost', { failures: 1, delay: 1, error: new Error('gone') });
    expect(await ask()).toEqual([200, 'ok', 'reconnecting']);
  } finally {
    await health.close();
  }
});
