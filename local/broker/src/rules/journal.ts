import {
  appendFileSync,
  closeSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
} from 'node:fs';
import { dirname } from 'node:path';
import * as v from 'valibot';
import { limits } from '../limits.ts';
import type { Log } from '../log.ts';

/** One line: a delivery that was promised, or that the one under that number was made. */
const LineSchema = v.pipe(
  v.string(),
  v.parseJson(),
  v.union([
    v.object({ n: v.number(), rule: v.string(), envelope: v.looseObject({ appId: v.string() }) }),
    v.object({ done: v.number() }),
  ]),
);

export interface Promised {
  n: number;
  rule: string;
  envelope: { appId?: string | undefined };
}

/**
 * Deliveries that were promised and not yet made, in a file. A line is written before the publish is acknowledged, so that
 * killing this process loses none. There is no fsync (some ms each): it would only matter if the machine went down, too.
 */
export class Journal {
  readonly #path: string;
  readonly #open = new Map<number, Promised>();
  #file: number;
  #last = 0;
  #isClosed = false;
  #bytes = 0;
  #bytesAllowed = 0;

  /** @throws Error when the file cannot be read or written */
  constructor(path: string, log: Log) {
    this.#path = path;
    try {
      mkdirSync(dirname(path), { recursive: true });
      this.#file = openSync(path, 'a', 0o600);
      for (const line of readFileSync(path, 'utf8').split('\n').filter(Boolean)) this.#recall(line, log);
      this.#rewrite();
    } catch (error) {
      throw new Error(`The broker cannot use "${path}" as its journal; may it write there?`, {
        cause: error,
      });
    }
  }

  /** Those left from before, oldest first. */
  unfinished(): Promised[] {
    return [...this.#open.values()];
  }

  promise(rule: string, envelope: Promised['envelope']): number {
    const promised = { n: ++this.#last, rule, envelope };
    this.#write(promised);
    this.#open.set(promised.n, promised);
    return promised.n;
  }

  fulfil(n: number): void {
    if (this.#isClosed || !this.#open.delete(n)) return;
    if (this.#open.size === 0) {
      ftruncateSync(this.#file);
      this.#bytes = 0;
      return;
    }
    this.#write({ done: n });
    if (this.#bytes > this.#bytesAllowed) this.#rewrite();
  }

  /** Deliveries that finish later are not noted any more: they will be made again. */
  close(): void {
    this.#isClosed = true;
    closeSync(this.#file);
  }

  /** A last line may be torn: its publish was never acknowledged. */
  #recall(line: string, log: Log): void {
    const parsed = v.safeParse(LineSchema, line);
    if (!parsed.success) return log('warn', 'journal.torn-line', { path: this.#path, bytes: line.length });
    if ('done' in parsed.output) return void this.#open.delete(parsed.output.done);
    this.#open.set(parsed.output.n, parsed.output);
    this.#last = Math.max(this.#last, parsed.output.n);
  }

  #write(line: object): void {
    const bytes = Buffer.from(`${JSON.stringify(line)}\n`);
    appendFileSync(this.#file, bytes);
    this.#bytes += bytes.length;
  }

  /** Under another name first, so that a kill at any moment leaves a whole file. */
  #rewrite(): void {
    closeSync(this.#file);
    const next = `${this.#path}.next`;
    this.#file = openSync(next, 'w', 0o600);
    this.#bytes = 0;
    for (const promised of this.#open.values()) this.#write(promised);
    renameSync(next, this.#path);
    this.#bytesAllowed = this.#bytes + limits.journalSlack;
  }
}
