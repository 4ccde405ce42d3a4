import { parseInput } from '@chat/contract';
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import * as v from 'valibot';

/** Ports are numbers, secrets are texts; both by name. */
const MemorySchema = v.record(
  v.string(),
  v.union(
    [v.pipe(v.number(), v.integer()), v.pipe(v.string(), v.regex(/^\S{32,}$/))],
    'is no port and no secret',
  ),
);

export type Memory = v.InferOutput<typeof MemorySchema>;

/** A power cut may leave a file that was being written empty, halved or full of zeros. */
const DAMAGED = Symbol('damaged');

const copyOf = (file: string) => `${file}.copy`;

/**
 * Reads the file, or its copy where a power cut damaged the file.
 * @throws Error when both are damaged, or a value is wrong
 */
export function readMemory(file: string): Memory {
  const contents = [read(file), read(copyOf(file))];
  const readable = contents.find((content) => typeof content === 'object');
  if (readable) return readable;
  if (!contents.includes(DAMAGED)) return {};
  throw new Error(
    `${file} is damaged, and so is its copy. It has the password of the database beside it: put back a ` +
      'backup of the file, or remove the folder, which deletes its messages',
  );
}

/** Writes whichever of the two files a power cut damaged or an earlier version did not write. */
export function repairMemory(file: string): void {
  const memory = readMemory(file);
  if (Object.keys(memory).length === 0) return;
  for (const each of [copyOf(file), file]) {
    const content = read(each);
    if (content === undefined || content === DAMAGED) write(each, memory);
  }
}

/**
 * Adds to the file, synchronously, so that no other addition of this process is lost. A crash must
 * not cost the password of a database full of messages.
 */
export function remember(file: string, additions: Memory): void {
  const before = readMemory(file);
  const isNew = Object.entries(additions).some(([name, value]) => before[name] !== value);
  if (!isNew) return;
  for (const each of [copyOf(file), file]) write(each, { ...before, ...additions });
}

function read(file: string): Memory | typeof DAMAGED | undefined {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) return DAMAGED;
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  return parseInput(MemorySchema, content, file);
}

/** On the disk before it gets its name, so that the name never stands for half of it. */
function write(file: string, memory: Memory): void {
  const unfinished = openSync(`${file}.new`, 'w', 0o600);
  try {
    writeSync(unfinished, `${JSON.stringify(memory, null, 2)}\n`);
    fsyncSync(unfinished);
  } finally {
    closeSync(unfinished);
  }
  renameSync(`${file}.new`, file);
}
