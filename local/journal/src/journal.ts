import {
  appendFileSync,
  closeSync,
  constants,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
} from 'node:fs';
import { dirname } from 'node:path';
import * as v from 'valibot';

/** One line: something that was promised, or that what bears that number was done. */
const LineSchema = v.pipe(
  v.string(),
  v.parseJson(),
  v.union([v.object({ done: v.number() }), v.looseObject({ n: v.number() })]),
);

/** What was promised, and the number by which it is fulfilled. */
export type Promised<Entry> = Entry & { n: number };

export interface JournalOptions<Entry> {
  path: string;
  /** Of what is promised: an object, without a field `n`. */
  entry: v.GenericSchema<unknown, Entry>;
  /** Told of each line that says nothing: a kill has torn it, and what it promised was never acknowledged. */
  onTornLine(bytes: number): void;
}

/** Emptied, and then only ever appended to: without `O_APPEND`, what follows a truncation would lie behind a hole of zeros. */
const ANEW = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_APPEND;

/** The file is rewritten without what is done when it has grown by this many bytes. */
export const JOURNAL_SLACK = 16 * 1_048_576;

/**
 * What was promised and is not done yet, in a file. A line is written before the promise is acknowledged, so that killing
 * this process loses none. There is no fsync (some ms each): it would only matter if the machine went down, too.
 */
export class Journal<Entry extends object> {
  readonly #path: string;
  readonly #entry: JournalOptions<Entry>['entry'];
  readonly #open = new Map<number, Promised<Entry>>();
  #file: number;
  #last = 0;
  #isClosed = false;
  #bytes = 0;
  #bytesAllowed = 0;

  /** @throws Error when the file cannot be read or written */
  constructor({ path, entry, onTornLine }: JournalOptions<Entry>) {
    this.#path = path;
    this.#entry = entry;
    try {
      mkdirSync(dirname(path), { recursive: true });
      this.#file = openSync(path, 'a', 0o600);
      for (const line of readFileSync(path, 'utf8').split('\n').filter(Boolean)) {
        if (!this.#recall(line)) onTornLine(line.length);
      }
      this.#rewrite();
    } catch (error) {
      throw new Error(`Cannot keep a journal in "${path}"; may it be written there?`, { cause: error });
    }
  }

  /** Those left from before, oldest first. */
  unfinished(): Promised<Entry>[] {
    return [...this.#open.values()];
  }

  /** @returns the number of the promise, for `fulfil`; it is safe in the file */
  promise(entry: Entry): number {
    const promised = { n: ++this.#last, ...entry };
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

  /** What is done later is not noted any more: it will be done again. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    closeSync(this.#file);
  }

  /** @returns whether the line could be understood */
  #recall(text: string): boolean {
    const line = v.safeParse(LineSchema, text);
    if (!line.success) return false;
    if ('done' in line.output) {
      this.#open.delete(line.output.done as number);
      return true;
    }
    const entry = v.safeParse(this.#entry, line.output);
    if (!entry.success) return false;
    const { n } = line.output;
    this.#open.set(n, { ...entry.output, n });
    this.#last = Math.max(this.#last, n);
    return true;
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
    this.#file = openSync(next, ANEW, 0o600);
    this.#bytes = 0;
    for (const promised of this.#open.values()) this.#write(promised);
    renameSync(next, this.#path);
    this.#bytesAllowed = this.#bytes + JOURNAL_SLACK;
  }
}
