import { startBroker } from '@chat/broker';
import { ROW_CHANGE_MESSAGE_NAME, type ChatRow } from '@chat/contract';
import { identifyProcess } from '@chat/processes';
import { temporaryFolder } from '@chat/processes/testing';
import { Realtime } from 'ably';
import { chmod } from 'node:fs/promises';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { startStack, type Stack, type StackOptions, type Step } from '../src/stack.ts';

async function start(options: StackOptions = {}): Promise<Stack> {
  const stack = await startStack({ site: false, ...options });
  onTestFinished(() => stack.close());
  return stack;
}

/**
 * Connects a client that publishes on the outgoing channel and collects the rows of the incoming
 * one.
 */
async function joinChat({ ably }: Stack) {
  const client = new Realtime({ ...ably, tls: false, clientId: 'ada', logLevel: 0 });
  onTestFinished(() => client.close());
  const rows: ChatRow[] = [];
  await client.channels
    .get('incoming-chat', { params: { rewind: '2m' } })
    .subscribe(ROW_CHANGE_MESSAGE_NAME, (message) => {
      rows.push((JSON.parse(message.data as string) as { row: ChatRow }).row);
    });
  const publish = (id: string, content: string) =>
    client.channels.get('outgoing-chat').publish({ id, name: 'chatMsg', data: { username: 'Ada', content } });
  const receives = (content: string) =>
    vi.waitFor(() => expect(rows.map(({ msg_data: text }) => text)).toContain(content), { timeout: 15_000 });
  return { publish, receives };
}

describe('the stack', () => {
  test('delivers a message through function, database and connector to a reader', async () => {
    const chat = await joinChat(await start());
    await chat.publish('first', 'hello');
    await chat.receives('hello');
  });

  test('restarts killed processes, and delivers a message published meanwhile', async () => {
    const stack = await start({ timing: { lambda: { retryDelaysMs: [1_000, 2_000] } } });
    const chat = await joinChat(stack);
    await chat.publish('before', 'before');
    await chat.receives('before');
    const killed = [stack.pids.postgres as number, stack.pids.connector, ...stack.pids.lambda('chat-writer')];
    expect(killed).toHaveLength(3);
    for (const pid of killed) process.kill(pid, 'SIGKILL');
    await chat.publish('amid', 'during the restart');
    await chat.receives('during the restart');
    await vi.waitFor(() => {
      const now = [stack.pids.postgres, stack.pids.connector, ...stack.pids.lambda('chat-writer')];
      expect(now.filter((pid) => killed.includes(pid as number))).toEqual([]);
    });
  });

  test('works with an Ably app instead of its own broker', async () => {
    const key = 'other.key:secret';
    const app = await startBroker({ keys: [key] });
    onTestFinished(() => app.close());
    const stack = await start({ ably: { key, endpoint: '127.0.0.1', port: app.port, tls: false } });
    expect(stack.ably).toEqual({ key, endpoint: '127.0.0.1', port: app.port });
    const chat = await joinChat(stack);
    await chat.publish('elsewhere', 'through the Ably app');
    await chat.receives('through the Ably app');
  });

  test('leaves no process behind', async () => {
    const stack = await startStack({ site: false });
    const pids = [stack.pids.postgres as number, stack.pids.connector];
    await stack.close();
    expect(await Promise.all(pids.map((pid) => identifyProcess(pid)))).toEqual([undefined, undefined]);
  });

  test('runs once in a folder, also when two start at the same moment', async () => {
    const dataDir = await temporaryFolder();
    await chmod(dataDir, 0o711); // as root, another user runs the database
    const starts = await Promise.allSettled([1, 2, 3].map(() => startStack({ site: false, dataDir })));
    const running = starts.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    const rejected = starts.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []));
    for (const stack of running) await stack.close();
    expect(running).toHaveLength(1);
    for (const reason of rejected) expect(String(reason)).toMatch(/already uses .*LOCAL_DATA_DIR/);
    await (await startStack({ site: false, dataDir })).close(); // its secrets are intact
  });

  test('reports the reason and the step when it cannot start', async () => {
    const steps: Step[] = [];
    const databaseUrl = 'postgres://chat@127.0.0.1:1/missing';
    await expect(
      startStack({ site: false, databaseUrl, onStep: (step) => steps.push(step) }),
    ).rejects.toThrow('Could not connect to database missing at 127.0.0.1:1');
    expect(steps.filter(({ state }) => state === 'failed').map(({ name }) => name)).toEqual(['Database']);
  });

  test('aborts a start by its signal', async () => {
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
