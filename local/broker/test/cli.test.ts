import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { restClient } from './support/helpers.ts';

const MAIN = new URL('../src/main.ts', import.meta.url).pathname;

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
