import { temporaryFolder } from '@chat/processes/testing';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, copyFile, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test } from 'vitest';
import { REPOSITORY } from './support/paths.ts';

/** Creates a repository with the real launcher and `script` as its only command, `start`. */
async function cloneWith(script: string, { installed = true } = {}): Promise<string> {
  const root = await temporaryFolder();
  await copyFile(join(REPOSITORY, 'launch.mjs'), join(root, 'launch.mjs'));
  await writeFile(join(root, 'package.json'), '{ "name": "clone", "version": "1.0.0", "type": "module" }');
  await writeFile(
    join(root, 'package-lock.json'),
    '{ "name": "clone", "version": "1.0.0", "lockfileVersion": 3, "packages": { "": {} } }',
  );
  await mkdir(join(root, 'local/stack/src'), { recursive: true });
  await writeFile(join(root, 'local/stack/src/main.ts'), script);
  if (installed) {
    await mkdir(join(root, 'node_modules'));
    await writeFile(join(root, 'node_modules/.package-lock.json'), '{}');
  }
  return root;
}

/** Puts a fake npm first on the PATH, which records its arguments. */
async function fakeNpm(root: string, body: string): Promise<NodeJS.ProcessEnv> {
  const bin = join(root, 'fake-bin');
  await mkdir(bin);
  await writeFile(join(bin, 'npm'), `#!/bin/sh\necho "$@" >> "${root}/npm-calls"\n${body}\n`);
  await chmod(join(bin, 'npm'), 0o755);
  return { ...withoutNpm, PATH: [bin, process.env['PATH']].join(delimiter), CI: '' };
}

const { npm_execpath: _npm, ...withoutNpm } = process.env;

function launch(root: string, args: string[], env: NodeJS.ProcessEnv = withoutNpm) {
  const child = spawn(process.execPath, [join(root, 'launch.mjs'), ...args], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return {
    child,
    ...output(child),
    ended: once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>,
  };
}

function output(child: ChildProcess) {
  let stderr = '';
  child.stderr?.on('data', (chunk: Buffer) => (stderr += String(chunk)));
  const lines = child.stdout ? createInterface({ input: child.stdout })[Symbol.asyncIterator]() : undefined;
  return {
    stderr: () => stderr,
    nextLine: async () => (await lines?.next())?.value,
  };
}

test('launcher: rejects an unknown command with the list of commands', async () => {
  const run = launch(await cloneWith(''), ['sing']);
  expect(await run.ended).toEqual([1, null]);
  expect(run.stderr()).toContain('Unknown command "sing". Known: start, dev, test, build');
});

test('launcher: passes arguments and the tools’ PATH to the command, and returns its exit code', async () => {
  const root = await cloneWith(
    `console.log(JSON.stringify([process.argv.slice(2), process.env.PATH.split('${delimiter}')[0]])); process.exit(7);`,
  );
  const run = launch(root, ['start', '--json', 'a b']);
  expect(JSON.parse((await run.nextLine()) as string)).toEqual([
    ['--json', 'a b'],
    join(root, 'node_modules/.bin'),
  ]);
  expect(await run.ended).toEqual([7, null]);
});

test.each([
  [{}, '', 'localhost,127.0.0.1,[::1]'],
  [{ NO_PROXY: 'corp.example, .intern' }, '', 'corp.example,.intern,localhost,127.0.0.1,[::1]'],
  [{ no_proxy: '127.0.0.1' }, 'NO_PROXY=10.0.0.7', '127.0.0.1,10.0.0.7,localhost,[::1]'],
])(
  'launcher: with %j and .env "%s" keeps the command’s requests to %s from a proxy',
  async (more, settings, expected) => {
    const root = await cloneWith(
      `const { createServer } = await import('node:http');
       const server = createServer((request, response) => response.end('here')).listen(0, '127.0.0.1', async () => {
         const { port } = server.address();
         const answers = ['127.0.0.1', 'localhost'].map((host) =>
           fetch('http://' + host + ':' + port).then((answer) => answer.text()));
         console.log(JSON.stringify([process.env.NO_PROXY, process.env.no_proxy, ...(await Promise.all(answers))]));
         server.close();
       });`,
    );
    await writeFile(join(root, '.env'), settings);
    const proxy = 'http://127.0.0.1:9';
    const env = { ...withoutNpm, NODE_USE_ENV_PROXY: '1', HTTP_PROXY: proxy, http_proxy: proxy };
    for (const name of ['NO_PROXY', 'no_proxy']) Reflect.deleteProperty(env, name);
    const run = launch(root, ['start'], { ...env, ...more });
    expect(JSON.parse((await run.nextLine()) as string)).toEqual([expected, expected, 'here', 'here']);
  },
);

test('launcher: reads .env, below the environment, and not for tests', async () => {
  const print = 'console.log(JSON.stringify([process.env.FROM_FILE, process.env.FROM_BOTH]));';
  const root = await cloneWith(print);
  await mkdir(join(root, 'tests'));
  await writeFile(join(root, 'tests/run.ts'), print);
  await writeFile(join(root, '.env'), 'FROM_FILE=file\nFROM_BOTH=file\n');
  const env = { ...withoutNpm, FROM_BOTH: 'environment' };
  expect(await launch(root, ['start'], env).nextLine()).toBe('["file","environment"]');
  expect(await launch(root, ['test'], env).nextLine()).toBe('[null,"environment"]');
});

test('launcher: returns 128 + n for a command that signal n ended', async () => {
  const run = launch(await cloneWith(`process.kill(process.pid, 'SIGKILL');`), ['start']);
  expect(await run.ended).toEqual([137, null]);
});

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
  'launcher: forwards %s and waits for the end of the command',
  async (signal) => {
    const root = await cloneWith(
      `process.on('${signal}', () => setTimeout(() => { console.log('cleaned up'); process.exit(3); }, 100));
     setInterval(() => {}, 1000); console.log('ready');`,
    );
    const run = launch(root, ['start']);
    expect(await run.nextLine()).toBe('ready');
    run.child.kill(signal);
    expect(await run.nextLine()).toBe('cleaned up');
    expect(await run.ended).toEqual([3, null]);
  },
);

test('launcher: a killed launcher closes the channel to its command', async () => {
  const root = await cloneWith(
    `process.once('disconnect', () => { console.log('alone'); process.exit(); });
     setInterval(() => {}, 1000); console.log('ready');`,
  );
  const run = launch(root, ['start']);
  expect(await run.nextLine()).toBe('ready');
  run.child.kill('SIGKILL');
  expect(await run.nextLine()).toBe('alone');
});

test('launcher: ends its command when the shell above it ends, as npm does on SIGTERM', async () => {
  const root = await cloneWith(
    `process.once('SIGTERM', () => { console.log('stopped'); process.exit(); });
     setInterval(() => {}, 1000); console.log('ready');`,
  );
  const shell = spawn('/bin/sh', ['-c', `"${process.execPath}" launch.mjs start; true`], {
    cwd: root,
    env: { ...withoutNpm, npm_lifecycle_event: 'start' },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const { nextLine } = output(shell);
  expect(await nextLine()).toBe('ready');
  shell.kill('SIGTERM');
  expect(await nextLine()).toBe('stopped');
});

test('launcher: installs the packages once, and again when the lock file changes', async () => {
  const root = await cloneWith(`console.log('ran');`, { installed: false });
  const env = await fakeNpm(root, `mkdir -p "${root}/node_modules"`);
  const calls = async () => (await readFile(join(root, 'npm-calls'), 'utf8')).trim().split('\n');
  for (let i = 0; i < 2; i += 1) {
    const run = launch(root, ['start'], env);
    expect(await run.nextLine()).toBe('ran');
    expect(await run.ended).toEqual([0, null]);
    expect(run.stderr()).toMatch(i === 0 ? /^Installing packages .* … done in \d+ s\n$/ : /^$/);
  }
  expect(await calls()).toEqual([
    'ci --include=dev --include=optional --no-audit --no-fund --loglevel=error',
  ]);

  await writeFile(join(root, 'package-lock.json'), '{}');
  await launch(root, ['start'], env).ended;
  expect(await calls()).toHaveLength(2);
});

test.each([
  ['lacks a development package', { 'node_modules/tool': {} }, '{ "packages": { "": {} } }', true],
  ['lacks an optional one', { 'node_modules/tool': { optional: true } }, '{ "packages": {} }', false],
  ['has all', { 'node_modules/tool': {} }, '{ "packages": { "node_modules/tool": {} } }', false],
  ['is damaged', { 'node_modules/tool': {} }, '\0\0\0', true],
])(
  'launcher: with NODE_ENV=production, when the record of an earlier npm install %s',
  async (_, packages: Record<string, object>, record, installs) => {
    const root = await cloneWith('console.log(String(process.env.NODE_ENV));');
    const marked = Object.entries(packages).map(([path, entry]) => [path, { dev: true, ...entry }]);
    const lock = { lockfileVersion: 3, packages: { '': {}, ...Object.fromEntries(marked) } };
    await writeFile(join(root, 'package-lock.json'), JSON.stringify(lock));
    await writeFile(join(root, 'node_modules/.package-lock.json'), record);
    const env = await fakeNpm(root, 'true');
    const run = launch(root, ['start'], { ...env, NODE_ENV: 'production' });
    expect(await run.nextLine()).toBe('undefined');
    await run.ended;
    expect(/^Installing packages/.test(run.stderr())).toBe(installs);
  },
);

test('launcher: shows npm’s output when the installation fails, and starts nothing', async () => {
  const root = await cloneWith(`console.log('ran');`, { installed: false });
  const env = await fakeNpm(root, 'echo "the registry is asleep" >&2; exit 4');
  const run = launch(root, ['start'], env);
  expect(await run.nextLine()).toBeUndefined();
  expect(await run.ended).toEqual([1, null]);
  expect(run.stderr()).toContain('the registry is asleep');
});

test('launcher: prefers the Node among the packages', async () => {
  const root = await cloneWith('console.log(process.argv0);');
  const binary = join(root, `node_modules/node-${process.platform}-${process.arch}/bin/node`);
  await mkdir(dirname(binary), { recursive: true });
  await symlink(process.execPath, binary);
  const run = launch(root, ['start']);
  expect(await run.nextLine()).toBe(binary);
});
