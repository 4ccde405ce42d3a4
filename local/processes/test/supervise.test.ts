import { expect, test, vi } from 'vitest';
import type { Child, Exit } from '../src/children.ts';
import { silent } from '../src/log.ts';
import { supervise } from '../src/supervise.ts';

/** A process that can be told to end, and remembers whether it did. */
function fakeChild(pid: number) {
  const { promise: exited, resolve } = Promise.withResolvers<Exit>();
  let ended = false;
  const end = () => {
    ended = true;
    resolve({ code: 1, signal: null });
    return exited;
  };
  const child: Child = { pid, exited, signal: () => undefined, stop: end };
  return { child, end, hasEnded: () => ended };
}

test('what ends by itself is started again, and what does not start is tried again', async () => {
  const first = fakeChild(1);
  const second = fakeChild(2);
  const start = vi
    .fn<() => Promise<Child>>()
    .mockResolvedValueOnce(first.child)
    .mockRejectedValueOnce(new Error('port taken'))
    .mockResolvedValueOnce(second.child);
  const lines: string[] = [];
  const log = (_part: string, line: string) => void lines.push(line);
  const process = await supervise({ name: 'probe', start, stop: (child) => child.stop(), log });
  expect(process.pid).toBe(1);
  await first.end();
  await vi.waitFor(() => expect(process.pid).toBe(2), 3_000);
  expect(lines).toEqual([
    'ended with code 1, starting it again',
    'did not start: port taken',
    'runs again as process 2',
  ]);
  await process.stop();
  expect(second.hasEnded()).toBe(true);
  expect(start).toHaveBeenCalledTimes(3);
});

test('a process that comes up just as everything stops is stopped too', async () => {
  const first = fakeChild(1);
  const second = fakeChild(2);
  const slow = Promise.withResolvers<Child>();
  const start = vi
    .fn<() => Promise<Child>>()
    .mockResolvedValueOnce(first.child)
    .mockReturnValueOnce(slow.promise);
  const process = await supervise({ name: 'probe', start, stop: (child) => child.stop(), log: silent });
  await first.end();
  await vi.waitFor(() => expect(start).toHaveBeenCalledTimes(2));
  const stopped = process.stop();
  slow.resolve(second.child);
  await stopped;
  expect(second.hasEnded()).toBe(true);
});

test('a first start that fails is the caller’s to handle', async () => {
  const start = () => Promise.reject(new Error('no such program'));
  await expect(
    supervise({ name: 'probe', start, stop: (child) => child.stop(), log: silent }),
  ).rejects.toThrow('no such program');
});
