import { withClient } from '@chat/postgres/testing';
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startStack } from '../src/stack.ts';

/**
 * What a start reads below the data folder. PostgreSQL's own files are its business, except for its
 * lock; log files are only appended to.
 */
const READ = [
  'broker-journal.jsonl',
  'lambda-queue.jsonl',
  'memory.json',
  'memory.json.copy',
  'owner.json',
  'postgres/cluster/postmaster.pid',
  'postgres/owner.json',
];

/** What a power cut leaves of a file that was being written. */
const DAMAGES: [string, (content: Buffer) => Buffer][] = [
  ['empty', () => Buffer.alloc(0)],
  ['full of zeros', (content) => Buffer.alloc(Math.max(content.length, 60))],
  ['halved', (content) => content.subarray(0, Math.ceil(content.length / 2))],
];

/** Contents that the files have while the stack runs, and that a power cut would meet. */
const contents = new Map<string, Buffer>([
  [
    'broker-journal.jsonl',
    Buffer.from('{"n":1,"rule":"a","envelope":{"source":"channel.message","messages":[]}}\n'),
  ],
  ['lambda-queue.jsonl', Buffer.from('{"n":1,"id":"a","functionName":"chat-writer","payload":"{}"}\n')],
]);

let dataDir: string;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'chat-power-cut-'));
  await chmod(dataDir, 0o711); // as root, another user runs the server
  const stack = await startStack({ site: false, broker: { journal: true }, dataDir });
  await query(stack.postgres, `select chat_insert('kept', 'ann', 1, 'Ann', 'still here')`);
  const files = await filesBelow(dataDir);
  expect(files).toEqual(READ);
  for (const file of files) {
    const content = await readFile(join(dataDir, file));
    if (content.length > 0) contents.set(file, content);
  }
  await stack.close();
});
afterAll(() => rm(dataDir, { recursive: true, force: true }));

async function query(url: string, text: string): Promise<unknown[]> {
  return withClient(url, async (client) => (await client.query(text)).rows);
}

/** Returns the files that a start may read, sorted. */
async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const isOwn = (path: string) => !/^logs\/|^postgres\/cluster\/(?!postmaster\.pid)/.test(path);
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .filter(isOwn)
    .sort();
}

describe('after a power cut, the stack starts and has its messages with', () => {
  test.for(READ.flatMap((file) => DAMAGES.map(([how, damage]) => ({ file, how, damage }))))(
    'a file $file that is $how',
    async ({ file, damage }) => {
      await writeFile(join(dataDir, file), damage(contents.get(file) ?? Buffer.alloc(0)));
      const stack = await startStack({ site: false, broker: { journal: true }, dataDir });
      try {
        expect(await query(stack.postgres, `select msg_data from chat_data where msg_id = 'kept'`)).toEqual([
          { msg_data: 'still here' },
        ]);
      } finally {
        await stack.close();
      }
    },
  );
});
