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

/** One line of the file: an accepted entry with its number `n`, or the number of a finished one. */
const LineSchema = v.pipe(
  v.string(),
  v.parseJson(),
  v.union([v.object({ done: v.number() }), v.looseObject({ n: v.number() })]),
);

/** An accepted entry and its number. */
export type Numbered<Entry> = Entry & { n: number };

export interface JournalOptions<Entry> {
  path: string;
  /** Schema of the entries: objects without a field `n`. */
  entry: v.GenericSchema<unknown, Entry>;
  /** Called for each unparsable line: a crash truncated it, so it was never acknowledged. */
  onTruncatedLine(bytes: number): void;
}

/** Without `O_APPEND`, lines written after `ftruncate` would follow a hole of zeros. */
const EMPTY_FILE = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_APPEND;

/** Growth in bytes after which the file is rewritten without its finished entries. */
export const JOURNAL_SLACK = 16 * 1_048_576;

/**
 * A file of accepted and unfinished work. A line is written before the caller acknowledges the
 * work, so no kill of this process loses any. There is no fsync, which takes some ms each: it would
 * only help when the machine itself fails.
 */
export class Journal<Entry extends object> {
  readonly #path: string;
  readonly #entry: JournalOptions<Entry>['entry'];
  readonly #unfinished = new Map<number, Numbered<Entry>>();
  #file: number;
  #last = 0;
  #isClosed = false;
  #bytes = 0;
  #bytesAllowed = 0;

  /** @throws Error when the file cannot be read or written */
  constructor({ path, entry, onTruncatedLine }: JournalOptions<Entry>) {
    this.#path = path;
    this.#entry = entry;
    try {
      mkdirSync(dirname(path), { recursive: true });
      this.#file = openSync(path, 'a', 0o600);
      for (const line of readFileSync(path, 'utf8').split('\n').filter(Boolean)) {
        if (!this.#read(line)) onTruncatedLine(line.length);
      }
      this.#rewrite();
    } catch (error) {
      throw new Error(`Cannot keep a journal in "${path}"; check that this file may be written`, {
        cause: error,
      });
    }
  }

  /** Unfinished entries, oldest first. */
  unfinished(): Numbered<Entry>[] {
    return [...this.#unfinished.values()];
  }

  /** Writes an entry to the file and returns its number. */
  add(entry: Entry): number {
    const numbered = { n: ++this.#last, ...entry };
    this.#write(numbered);
    this.#unfinished.set(numbered.n, numbered);
    return numbered.n;
  }

  /** Records that an entry is finished. */
  finish(n: number): void {
    if (this.#isClosed || !this.#unfinished.delete(n)) return;
    if (this.#unfinished.size === 0) {
      ftruncateSync(this.#file);
      this.#bytes = 0;
      return;
    }
    this.#write({ done: n });
    if (this.#bytes > this.#bytesAllowed) this.#rewrite();
  }

  /** Closes the file. Entries that finish later are not recorded: the next process repeats them. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    closeSync(this.#file);
  }

  /** Returns whether the line was valid. */
  #read(text: string): boolean {
    const line = v.safeParse(LineSchema, text);
    if (!line.success) return false;
    if ('done' in line.output) {
      this.#unfinished.delete(line.output.done as number);
      return true;
    }
    const entry = v.safeParse(this.#entry, line.output);
    if (!entry.success) return false;
    const { n } = line.output;
    this.#unfinished.set(n, { ...entry.output, n });
    this.#last = Math.max(this.#last, n);
    return true;
  }

  #write(line: object): void {
    const bytes = Buffer.from(`${JSON.stringify(line)}\n`);
    appendFileSync(this.#file, bytes);
    this.#bytes += bytes.length;
  }

  /** Writes another file and renames it, so that a kill at any moment leaves a complete one. */
  #rewrite(): void {
    closeSync(this.#file);
    const next = `${this.#path}.next`;
    this.#file = openSync(next, EMPTY_FILE, 0o600);
    this.#bytes = 0;
    for (const numbered of this.#unfinished.values()) this.#write(numbered);
    renameSync(next, this.#path);
    this.#bytesAllowed = this.#bytes + JOURNAL_SLACK;
  }
}
