import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { restClient } from './support/helpers.ts';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));

test('the command line starts a broker, prints its address as JSON, and stops on SIGTERM', async () => {
  const child = spawn(process.execPath, [MAIN, '--json', '--key', 'cli.key:secret'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  try {
    const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
    const ready = JSON.parse(line) as { ready: boolean; url: string; port: number; key: string };
    expect(ready).toEqual({
      ready: true,
      url: `http://127.0.0.1:${ready.port}`,
      port: ready.port,
      key: 'cli.key:secret',
    });
    await restClient(ready, { key: ready.key }).channels.get('room').publish('x', undefined);
  } finally {
    child.kill('SIGTERM');
  }
  expect(await exited).toEqual([0, null]);
});

test('the command line prints its usage for --help, and below every problem', () => {
  const run = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8' });
    return { code: status, stdout, stderr };
  };
  const help = run('--help');
  expect(help).toMatchObject({ code: 0, stderr: '' });
  for (const option of ['--host', '--port', '--key', '--plan', '--json'])
    expect(help.stdout).toContain(`  ${option} `);
  const wrong = run('--port', 'x');
  expect(wrong).toMatchObject({ code: 1, stdout: '' });
  expect(wrong.stderr).toMatch(/^The broker cannot start:\n {2}--port: must be a port number\n\nUsage: /);
});
