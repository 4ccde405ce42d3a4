import { startBroker } from '@chat/broker';
import { ROW_CHANGE_MESSAGE_NAME, type ChatRow } from '@chat/contract';
import { identifyProcess } from '@chat/processes';
import { Realtime } from 'ably';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { startStack, type Stack, type StackOptions, type Step } from '../src/stack.ts';

async function stackOf(options: StackOptions = {}): Promise<Stack> {
  const stack = await startStack({ site: false, ...options });
  onTestFinished(() => stack.close());
  return stack;
}

/** Somebody who says something on the outgoing channel and watches rows arrive on the incoming one. */
async function joinChat({ ably }: Stack) {
  const client = new Realtime({ ...ably, tls: false, clientId: 'ada', logLevel: 0 });
  onTestFinished(() => client.close());
  const rows: ChatRow[] = [];
  await client.channels
    .get('incoming-chat', { params: { rewind: '2m' } })
    .subscribe(ROW_CHANGE_MESSAGE_NAME, (message) => {
      rows.push((JSON.parse(message.data as string) as { row: ChatRow }).row);
    });
  const say = (id: string, content: string) =>
    client.channels.get('outgoing-chat').publish({ id, name: 'chatMsg', data: { username: 'Ada', content } });
  const seen = (content: string) =>
    vi.waitFor(() => expect(rows.map(({ msg_data: text }) => text)).toContain(content), { timeout: 15_000 });
  return { say, seen };
}

describe('the stack', () => {
  test('carries a message from its sender through function, database and connector to every reader', async () => {
    const chat = await joinChat(await stackOf());
    await chat.say('first', 'hello');
    await chat.seen('hello');
  });

  test('has its processes back after they were killed, and the message of that moment too', async () => {
    const stack = await stackOf({ timing: { lambda: { retryDelaysMs: [1_000, 2_000] } } });
    const chat = await joinChat(stack);
    await chat.say('before', 'before');
    await chat.seen('before');
    const killed = [stack.pids.postgres as number, stack.pids.connector, ...stack.pids.lambda('chat-writer')];
    expect(killed).toHaveLength(3);
    for (const pid of killed) process.kill(pid, 'SIGKILL');
    await chat.say('amid', 'amid the fall');
    await chat.seen('amid the fall');
    await vi.waitFor(() => {
      const now = [stack.pids.postgres, stack.pids.connector, ...stack.pids.lambda('chat-writer')];
      expect(now.filter((pid) => killed.includes(pid as number))).toEqual([]);
    });
  });

  test('works with an Ably app in place of its own broker', async () => {
    const key = 'their.key:secret';
    const theirs = await startBroker({ keys: [key] });
    onTestFinished(() => theirs.close());
    const stack = await stackOf({ ably: { key, endpoint: '127.0.0.1', port: theirs.port, tls: false } });
    expect(stack.ably).toEqual({ key, endpoint: '127.0.0.1', port: theirs.port });
    const chat = await joinChat(stack);
    await chat.say('elsewhere', 'over their Ably');
    await chat.seen('over their Ably');
  });

  test('leaves no process behind', async () => {
    const stack = await startStack({ site: false });
    const pids = [stack.pids.postgres as number, stack.pids.connector];
    await stack.close();
    expect(await Promise.all(pids.map((pid) => identifyProcess(pid)))).toEqual([undefined, undefined]);
  });

  test('that cannot start says why, and which step it was', async () => {
    const steps: Step[] = [];
    const databaseUrl = 'postgres://nobody@127.0.0.1:1/nothing';
    await expect(
      startStack({ site: false, databaseUrl, onStep: (step) => steps.push(step) }),
    ).rejects.toThrow('Could not connect to database nothing at 127.0.0.1:1');
    expect(steps.filter(({ state }) => state === 'failed').map(({ name }) => name)).toEqual(['Database']);
  });

  test('gives up a start that is no longer wanted', async () => {
    const stopping = new AbortController();
    const started: string[] = [];
    const start = startStack({
      site: false,
      signal: stopping.signal,
      onStep(step) {
        started.push(step.name);
        if (step.name === 'Database' && step.state === 'done') stopping.abort(new Error('never mind'));
      },
    });
    await expect(start).rejects.toThrow('never mind');
    expect(started).not.toContain('Connector');
  });
});
