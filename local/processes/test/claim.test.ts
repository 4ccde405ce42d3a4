import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { AlreadyRunning, claim } from '../src/claim.ts';
import { temporaryFolder } from '../src/testing.ts';

/** What an owner that was killed leaves behind. */
async function leaveBehind(folder: string): Promise<void> {
  const owner = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
  await once(owner, 'exit');
  await writeFile(join(folder, 'owner.json'), JSON.stringify({ pid: owner.pid, identity: 'node' }));
}

test.each([
  ['an unused folder', () => Promise.resolve()],
  ['a folder whose owner was killed', leaveBehind],
  ['a folder with a damaged claim', (folder: string) => writeFile(join(folder, 'owner.json'), '\0\0\0')],
])('claim: of many at the same moment, one gets %s', async (_, prepare) => {
  const folder = await temporaryFolder();
  await prepare(folder);
  const script = `const { claim } = await import(${JSON.stringify(new URL('../src/claim.ts', import.meta.url).href)});
    await claim(${JSON.stringify(folder)}).then(() => console.log('mine'), ({ name }) => console.log(name));
    process.stdin.once('close', () => process.exit()).resume();`;
  const starters = Array.from({ length: 6 }, () =>
    spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['pipe', 'pipe', 'inherit'] }),
  );
  const answers = await Promise.all(
    starters.map(async ({ stdout }) => String((await once(stdout, 'data'))[0]).trim()),
  );
  expect(answers.sort()).toEqual([...Array(5).fill('AlreadyRunning'), 'mine']);
  const { pid } = JSON.parse(await readFile(join(folder, 'owner.json'), 'utf8')) as { pid: number };
  await expect(claim(folder)).rejects.toMatchObject({ name: 'AlreadyRunning', pid });
  expect(await readdir(folder)).toEqual(['owner.json']);
  await Promise.all(starters.map((starter) => (starter.stdin.end(), once(starter, 'exit'))));
  const release = await claim(folder);
  await expect(claim(folder)).rejects.toBeInstanceOf(AlreadyRunning);
  await release();
  expect(await readdir(folder)).toEqual([]);
});
