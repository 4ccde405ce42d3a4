import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { DialectName } from './dialect.ts';
import type { Answer, Command } from './subscribers.ts';

const PROCESSES = 2;

/** Subscribers to one server, spread over a few processes. */
export class Audience {
  readonly #children: ChildProcess[];

  /** Rejected when a child ends, so that nobody waits for it in vain. */
  readonly #ends: Promise<never>[];

  constructor() {
    const script = fileURLToPath(new URL('subscribers.ts', import.meta.url));
    this.#children = Array.from({ length: PROCESSES }, () => fork(script, { serialization: 'advanced' }));
    this.#ends = this.#children.map(endOf);
    for (const end of this.#ends) end.catch(() => undefined); // expected, once they are told to leave
  }

  async connect(dialect: DialectName, port: number, count: number): Promise<void> {
    await this.#all({ do: 'connect', dialect, port, count: count / PROCESSES });
  }

  /** When everybody has had so many messages: at what time (ns) that was, and how long each took (ms). */
  async haveReceived(messages: number): Promise<Answer> {
    const answers = await this.#all({ do: 'await', messages });
    return {
      finishedAt: Math.max(...answers.map(({ finishedAt }) => finishedAt)),
      delays: answers.flatMap(({ delays }) => delays),
    };
  }

  async leave(): Promise<void> {
    const exited = this.#children.map((child) => once(child, 'exit'));
    for (const child of this.#children) child.kill();
    await Promise.all(exited);
  }

  #all(command: Command): Promise<Answer[]> {
    return Promise.all(this.#children.map((child, index) => this.#tell(child, command, this.#ends[index])));
  }

  async #tell(child: ChildProcess, command: Command, end: Promise<never> | undefined): Promise<Answer> {
    child.send(command);
    const answered = once(child, 'message') as Promise<[Answer]>;
    const [answer] = await Promise.race([answered, ...(end ? [end] : [])]);
    return answer;
  }
}

async function endOf(child: ChildProcess): Promise<never> {
  await once(child, 'exit');
  throw new Error('A process of subscribers has ended');
}
