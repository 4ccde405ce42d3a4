import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { commandOf, Descendants, endAll, stillRunning } from './support/run/left-behind.ts';

const RUNS_ON = `${process.execPath} -e "setInterval(() => 0, 1000)"`;

/**
 * Runs a shell command as a step of `npm test` is run.
 * @returns the processes that it leaves behind
 */
async function leftBehindBy(command: string) {
  const child = spawn('/bin/sh', ['-c', command], { detached: true, stdio: 'ignore' });
  const descendants = new Descendants(child.pid ?? 0);
  await once(child, 'exit');
  return descendants.leftBehind();
}

test('a step that ends its children leaves no process behind', async () => {
  expect(await leftBehindBy('sleep 1 & wait')).toEqual([]);
});

test.each([
  ['a child', `${RUNS_ON} & sleep 1`],
  ['a child with an empty environment', `env -i ${RUNS_ON} & sleep 1`],
  ['a grandchild whose parent has ended', `/bin/sh -c '${RUNS_ON} & true'; sleep 1`],
])('a step is reported to leave %s behind, which is then ended', async (_what, command) => {
  const left = await leftBehindBy(command);
  expect(left.map(commandOf)).toEqual([expect.stringContaining('setInterval')]);
  endAll(left);
  await expect.poll(() => stillRunning(left)).toEqual([]);
});

test('a process that leads a group of its own is still watched when its parent ends', async () => {
  const program = `require('child_process').spawn('sleep', ['60'], { detached: true, stdio: 'ignore' }).unref();`;
  const left = await leftBehindBy(`"${process.execPath}" -e "${program} setTimeout(() => 0, 1500)"`);
  expect(left.map(commandOf)).toEqual(['sleep 60']);
  endAll(left);
});
