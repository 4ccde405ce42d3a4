import { cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { startChild } from '../src/children.ts';
import { temporaryFolder } from '../src/testing.ts';

const NAMES = ['F# minor', '7% rise', 'a%23b', 'who?', `"it's"`, 'Ünï (言語) & [x]'];

/** Puts `@chat/processes` into a folder of that name, and runs a Node child with its copy. */
async function runIn(name: string): Promise<string[]> {
  const root = join(await temporaryFolder(), name);
  await mkdir(root);
  await cp(join(import.meta.dirname, '../src'), join(root, 'src'), { recursive: true });
  await symlink(join(import.meta.dirname, '../../../node_modules'), join(root, 'node_modules'));
  const program = join(root, 'program.mts');
  await writeFile(
    program,
    `const { startNodeChild } = await import('./src/children.ts');
     const args = ['--eval', 'console.log("ran", process.execArgv.includes("--import"), process.stdin.listenerCount("close"))'];
     const log = (part, line) => console.log(line);
     await (await startNodeChild({ name: 'child', args, env: {}, log })).exited;`,
  );
  await writeFile(join(root, 'package.json'), '{ "type": "module" }');
  const lines: string[] = [];
  const child = await startChild({
    name: 'program',
    command: process.execPath,
    args: [program],
    env: {},
    log: (_, line) => lines.push(line),
  });
  await child.exited;
  return lines;
}

describe('a clone in a folder with an odd name', () => {
  test.for(NAMES)('starts a Node child with its leash in "%s"', async (name) => {
    expect(await runIn(name)).toEqual(['ran false 1']);
  });
});
