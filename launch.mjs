/**
 * Starts every npm script: `node launch.mjs <command> [arguments]`.
 *
 * It must run on a fresh clone, before anything is installed, and on Node 20. So it is plain
 * JavaScript without dependencies: it installs the packages of the lock file, finds the Node among
 * them, and runs the command's TypeScript with that.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as util from 'node:util';

const ROOT = dirname(fileURLToPath(import.meta.url));
const STAMP = join(ROOT, 'node_modules/.installed-from-lock');
/** Missing before Node 20.12. */
const { parseEnv } = util;

const OLDEST_NODE = [22, 19];

/** Command → TypeScript file, and arguments before the caller's own. */
const COMMANDS = {
  start: ['local/stack/src/main.ts'],
  dev: ['local/stack/src/main.ts', '--dev'],
  test: ['tests/run.ts'],
  build: ['local/stack/src/build/build-cli.ts'],
  migrate: ['sql/src/main.ts'],
  connector: ['connector/src/main.ts'],
  broker: ['local/broker/src/main.ts'],
  format: ['node_modules/prettier/bin/prettier.cjs', '--write', '.'],
  'dead-letters': ['local/stack/src/dead-letters/list-cli.ts'],
  redrive: ['local/stack/src/dead-letters/redrive-cli.ts'],
  screenshots: ['tests/screenshots.ts'],
  'test:docker': ['tests/run.ts', 'docker'],
  bench: ['bench/src/main.ts'],
  deploy: ['infra/src/main.ts', 'deploy'],
  destroy: ['infra/src/main.ts', 'destroy'],
  doctor: ['infra/src/main.ts', 'doctor'],
};

function fail(message) {
  process.stderr.write(`\n${message}\n\n`);
  process.exit(1);
}

/**
 * Runs a program to its end. Forwards signals, because `kill` or a supervisor reaches only this
 * process. At Ctrl-C the terminal signals the child as well, which therefore receives it twice.
 * @returns the exit code (128 + n when signal n ended it) and the output, if it is piped
 */
function run(program, args, { stdio, env = process.env }) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd: ROOT, env, stdio });
    let output = '';
    child.stdout?.on('data', (chunk) => (output += chunk));
    child.stderr?.on('data', (chunk) => (output += chunk));

    const forward = (signal) => child.kill(signal);
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
    for (const signal of signals) process.on(signal, forward);
    // `kill` on npm ends the shell between npm and this process, but sends no signal here: only the
    // parent changes.
    const parent = process.ppid;
    const watch = () => process.ppid !== parent && forward('SIGTERM');
    const watching = process.env.npm_lifecycle_event ? setInterval(watch, 500) : undefined;
    const settle = (code) => {
      clearInterval(watching);
      for (const signal of signals) process.off(signal, forward);
      resolve({ code, output });
    };
    child.once('error', (error) => {
      output += `${program}: ${error.message}`;
      settle(127);
    });
    child.once('close', (code, signal) => settle(code ?? 128 + constants.signals[signal]));
  });
}

const lockHash = () =>
  createHash('sha256')
    .update(readFileSync(join(ROOT, 'package-lock.json')))
    .digest('hex');

/**
 * Returns whether the lock file has packages that npm's record lacks, as after an install with
 * NODE_ENV=production or --omit=dev: the sources here are built and run with development packages.
 */
function lacksPackages(npmRecord) {
  const packagesIn = (file) => JSON.parse(readFileSync(file, 'utf8')).packages ?? {};
  const wanted = Object.entries(packagesIn(join(ROOT, 'package-lock.json')));
  try {
    const installed = packagesIn(npmRecord);
    return wanted.some(([path, { dev, optional }]) => dev && !optional && !Object.hasOwn(installed, path));
  } catch (error) {
    if (error instanceof SyntaxError) return true; // a power cut damaged the record
    throw error;
  }
}

/**
 * True when node_modules fits the lock file: installed from here, or by an npm install after its
 * last change.
 */
function isInstalled() {
  const npmRecord = join(ROOT, 'node_modules/.package-lock.json');
  if (existsSync(npmRecord) && lacksPackages(npmRecord)) return false;
  if (existsSync(STAMP)) return readFileSync(STAMP, 'utf8') === lockHash();
  return (
    existsSync(npmRecord) && statSync(npmRecord).mtimeMs >= statSync(join(ROOT, 'package-lock.json')).mtimeMs
  );
}

async function install() {
  process.stderr.write('Installing packages (once, about a minute) … ');
  const startedAt = Date.now();
  const stdio = process.env.CI ? 'inherit' : ['ignore', 'pipe', 'pipe'];
  const npm = process.env.npm_execpath; // the npm that runs this script, not one on the PATH
  // Whatever the environment and ~/.npmrc omit. Optional packages have Node and PostgreSQL.
  const args = ['ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error'];
  const { code, output } = npm?.endsWith('npm-cli.js')
    ? await run(process.execPath, [npm, ...args], { stdio })
    : await run('npm', args, { stdio });
  if (code > 128) process.exit(code); // ended by a signal
  if (code !== 0)
    fail(`failed.\n${output.trim()}\n\n\`npm ci\` ended with code ${code}: see its output above.`);
  writeFileSync(STAMP, lockHash());
  process.stderr.write(`done in ${Math.round((Date.now() - startedAt) / 1000)} s\n`);
}

/**
 * Returns the Node that runs TypeScript: the one from the lock file (Linux), else this one if it is
 * new enough.
 */
function findNode() {
  const fromLock = join(ROOT, `node_modules/node-${process.platform}-${process.arch}/bin/node`);
  if (existsSync(fromLock)) return fromLock;
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1]))
    return process.execPath;
  return fail(
    `On ${process.platform} (${process.arch}) this project needs Node ${OLDEST_NODE.join('.')} or newer, but this ` +
      `is ${process.version}.\nInstall a current Node from https://nodejs.org and try again. (On Linux npm installs ` +
      'it with the packages, unless it is run with --omit=optional.)',
  );
}

/**
 * Adds this machine to the hosts that no proxy is asked for: the parts of the system reach each
 * other here, and a proxy of the environment would look for them on its own machine.
 * @param settings of the file .env, which the environment overrides
 */
function bypassProxy(env, settings) {
  const listed = ['no_proxy', 'NO_PROXY'].flatMap((name) =>
    (env[name] ?? settings[name] ?? '').split(/[\s,]+/),
  );
  const hosts = [...new Set([...listed, 'localhost', '127.0.0.1', '[::1]'])].filter(Boolean).join(',');
  return { ...env, no_proxy: hosts, NO_PROXY: hosts };
}

async function main([command = '', ...args]) {
  const script = Object.hasOwn(COMMANDS, command) ? COMMANDS[command] : undefined;
  if (!script) fail(`Unknown command "${command}". Known: ${Object.keys(COMMANDS).join(', ')}.`);
  if (Number(process.versions.node.split('.')[0]) < 20)
    fail(`This project needs Node 20 or newer, but this is ${process.version}.`);
  if (!isInstalled()) await install();

  // The channel lets the child notice when this process is killed and cannot forward a signal.
  const stdio = ['inherit', 'inherit', 'inherit', 'ipc'];
  // Personal settings must not change the results of tests.
  const file = join(ROOT, '.env');
  const hasSettings = !command.startsWith('test') && existsSync(file);
  const settings = hasSettings ? parseEnv?.(readFileSync(file, 'utf8')) : undefined;
  const env = bypassProxy(process.env, settings ?? {});
  // It is meant for another program. Each tool here chooses its own.
  delete env.NODE_ENV;
  env.PATH = [join(ROOT, 'node_modules/.bin'), env.PATH].join(delimiter);
  const options = hasSettings ? [`--env-file=${file}`] : [];
  const { code, output } = await run(findNode(), [...options, ...script, ...args], { stdio, env });
  if (output) process.stderr.write(`${output}\n`);
  process.exit(code);
}

await main(process.argv.slice(2));
