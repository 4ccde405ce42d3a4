import { chmod, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test as base } from 'vitest';
import { openDataFolder } from '../src/data-folder.ts';
import { temporaryFolder } from '../src/testing.ts';

const test = base.extend('path', async () => join(await temporaryFolder(), 'data'));

describe('a data folder', () => {
  test('returns the same secrets and ports to the next run, readable by their owner only', async ({
    path,
  }) => {
    const first = openDataFolder(path);
    const secret = first.secret('password');
    const [port, other] = await Promise.all([first.choosePort('one'), first.choosePort('two')]);
    expect(secret).toMatch(/^[\w-]{43}$/);

    const second = openDataFolder(path);
    expect(second.secret('password')).toBe(secret);
    expect(await second.choosePort('one')).toBe(port);
    expect(second.lastPort('two')).toBe(other);
    expect((await stat(join(path, 'memory.json'))).mode & 0o777).toBe(0o600);
  });

  test('chooses another port while the last one is in use', async ({ path }) => {
    const folder = openDataFolder(path);
    const port = await folder.choosePort('one');
    const server = createServer().listen(port, '127.0.0.1');
    onTestFinished(() => void server.close());
    await new Promise((resolve) => server.once('listening', resolve));
    expect(await folder.choosePort('one')).not.toBe(port);
  });

  test.for(['memory.json', 'memory.json.copy'])(
    'survives a power cut that damaged %s',
    async (name, { path }) => {
      const secret = openDataFolder(path).secret('password');
      const file = join(path, name);
      const intact = await readFile(file);
      for (const damaged of [Buffer.alloc(0), Buffer.alloc(60), intact.subarray(0, intact.length / 2)]) {
        await writeFile(file, damaged);
        const folder = openDataFolder(path);
        expect(folder.secret('password')).toBe(secret);
        expect(await readFile(file)).toEqual(intact);
      }
    },
  );

  test('whose secrets are lost is reported, and left unchanged', async ({ path }) => {
    openDataFolder(path).secret('password');
    for (const name of ['memory.json', 'memory.json.copy']) await writeFile(join(path, name), '');
    expect(() => openDataFolder(path)).toThrow(/is damaged, and so is its copy.*deletes its messages/);
    expect(await readFile(join(path, 'memory.json'), 'utf8')).toBe('');
  });

  test('with a wrong value is reported, and left unchanged', async ({ path }) => {
    openDataFolder(path).secret('password');
    await writeFile(join(path, 'memory.json'), '{ "password": "short" }');
    expect(() => openDataFolder(path)).toThrow(/Cannot use .*data as the data folder: .*password/);
    expect(await readFile(join(path, 'memory.json'), 'utf8')).toBe('{ "password": "short" }');
  });

  test.runIf(process.getuid?.() !== 0)('that cannot be written is reported', async ({ path }) => {
    openDataFolder(path);
    await chmod(path, 0o500);
    expect(() => openDataFolder(path)).toThrow('Set LOCAL_DATA_DIR to a folder that belongs to you');
  });
});
