import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';

type Schema = v.GenericSchema<unknown>;

/**
 * A child process that answers every request with one message and exits when its IPC channel
 * closes.
 */
export interface Child {
  /** @throws Error when the process has ended */
  request<S extends Schema>(request: object, answer: S): Promise<v.InferOutput<S>>;
  end(): Promise<void>;
}

/** Starts a child process and resolves with its first message, which reports that it is ready. */
export async function startChild<S extends Schema>(
  script: URL,
  args: string[],
  first: S,
): Promise<{ child: Child; ready: v.InferOutput<S> }> {
  const path = fileURLToPath(script);
  const running = fork(path, args);
  const exited = once(running, 'exit');
  const ended = exited.then(([code]) => {
    throw new Error(`${path} has ended with code ${code}`);
  });
  ended.catch(() => undefined); // expected at the end; before that, a pending request rejects
  const message = async () => {
    const [answer] = (await Promise.race([once(running, 'message'), ended])) as [unknown];
    return answer;
  };
  const ready = v.parse(first, await message());
  const child: Child = {
    async request(request, answer) {
      running.send(request);
      return v.parse(answer, await message());
    },
    async end() {
      if (running.connected) running.disconnect();
      await exited;
    },
  };
  return { child, ready };
}
