import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { DialectName } from './dialect.ts';
import type { Answer, Command } from './subscribers-process.ts';

const PROCESSES = 2;
const SCRIPT = fileURLToPath(new URL('subscribers-process.ts', import.meta.url));

/** Subscribers to one server, spread over a few processes. */
export class Subscribers {
  readonly #children: ChildProcess[];

  /** Rejects when a child exits, so that a pending command fails instead of waiting forever. */
  readonly #exits: Promise<never>[];

  constructor() {
    this.#children = Array.from({ length: PROCESSES }, () => fork(SCRIPT, { serialization: 'advanced' }));
    this.#exits = this.#children.map(rejectOnExit);
    for (const exit of this.#exits) exit.catch(() => undefined); // expected after end()
  }

  async connect(dialect: DialectName, port: number, count: number): Promise<void> {
    await this.#all({ do: 'connect', dialect, port, count: count / PROCESSES });
  }

  /** Resolves once every subscriber has received `messages` messages since the last call. */
  async haveReceived(messages: number): Promise<Answer> {
    const answers = await this.#all({ do: 'receive', messages });
    return {
      finishedAt: Math.max(...answers.map(({ finishedAt }) => finishedAt)),
      delays: answers.flatMap(({ delays }) => delays),
    };
  }

  async end(): Promise<void> {
    const exited = this.#children.map((child) => once(child, 'exit'));
    for (const child of this.#children) child.kill();
    await Promise.all(exited);
  }

  #all(command: Command): Promise<Answer[]> {
    return Promise.all(this.#children.map((child, index) => this.#send(child, command, this.#exits[index])));
  }

  async #send(child: ChildProcess, command: Command, exit: Promise<never> | undefined): Promise<Answer> {
    child.send(command);
    const answered = once(child, 'message') as Promise<[Answer]>;
    const [answer] = await Promise.race([answered, ...(exit ? [exit] : [])]);
    return answer;
  }
}

async function rejectOnExit(child: ChildProcess): Promise<never> {
  await once(child, 'exit');
  throw new Error('A process of subscribers exited');
}
