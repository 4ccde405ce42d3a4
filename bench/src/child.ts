import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';

type Schema = v.GenericSchema<unknown>;

/** A process of its own that answers every question with one message, and ends when its parent lets go of it. */
export interface Child {
  /** @throws Error when the process has ended */
  ask<S extends Schema>(question: object, answer: S): Promise<v.InferOutput<S>>;
  end(): Promise<void>;
}

/** Starts one, and resolves with its first message, by which it says that it is ready. */
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
  ended.catch(() => undefined); // expected at the end; until then whoever waits for an answer hears of it
  const message = async () => {
    const [answer] = (await Promise.race([once(running, 'message'), ended])) as [unknown];
    return answer;
  };
  const ready = v.parse(first, await message());
  const child: Child = {
    async ask(question, answer) {
      running.send(question);
      return v.parse(answer, await message());
    },
    async end() {
      if (running.connected) running.disconnect();
      await exited;
    },
  };
  return { child, ready };
}
