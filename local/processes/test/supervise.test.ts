import { describe, expect, test, vi } from 'vitest';
import type { Child, Exit } from '../src/children.ts';
import { silent } from '../src/log.ts';
import { supervise } from '../src/supervise.ts';

/** A process that ends on request and records that it did. */
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

const stop = (child: Child) => child.stop();

describe('supervise', () => {
  test('restarts a process that ends by itself, and retries a start that fails', async () => {
    const first = fakeChild(1);
    const second = fakeChild(2);
    const start = vi
      .fn<() => Promise<Child>>()
      .mockResolvedValueOnce(first.child)
      .mockRejectedValueOnce(new Error('port in use'))
      .mockResolvedValueOnce(second.child);
    const lines: string[] = [];
    const log = (_part: string, line: string) => void lines.push(line);
    const process = await supervise({ name: 'probe', start, stop, log });
    expect(process.pid).toBe(1);
    await first.end();
    await vi.waitFor(() => expect(process.pid).toBe(2), 3_000);
    expect(lines).toEqual([
      'ended with code 1, restarting',
      'did not start: port in use',
      'restarted as process 2',
    ]);
    await process.stop();
    expect(second.hasEnded()).toBe(true);
    expect(start).toHaveBeenCalledTimes(3);
  });

  test('stops a process that becomes ready during the stop', async () => {
    const first = fakeChild(1);
    const second = fakeChild(2);
    const slow = Promise.withResolvers<Child>();
    const start = vi
      .fn<() => Promise<Child>>()
      .mockResolvedValueOnce(first.child)
      .mockReturnValueOnce(slow.promise);
    const process = await supervise({ name: 'probe', start, stop, log: silent });
    await first.end();
    await vi.waitFor(() => expect(start).toHaveBeenCalledTimes(2), 3_000);
    const stopped = process.stop();
    slow.resolve(second.child);
    await stopped;
    expect(second.hasEnded()).toBe(true);
  });

  test('throws what the first start throws', async () => {
    const start = () => Promise.reject(new Error('no such program'));
    await expect(supervise({ name: 'probe', start, stop, log: silent })).rejects.toThrow('no such program');
  });
});
