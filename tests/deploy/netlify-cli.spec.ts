import { NETLIFY_TOKEN, startFakeNetlify } from '@chat/infra/testing';
import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { REPOSITORY } from '../support/paths.ts';
import { checkOut } from './support/checkout.ts';
import { startCommand } from './support/shell.ts';

/*
 * Runs the documented commands with Netlify's own command line against a local API. It is no
 * dependency of the project (350 MB), so npm's cache must have it.
 */

const COMMAND = 'npx netlify-cli@27.10.2';
const NODE = dirname(process.execPath);

/** Uses npm's cache only. */
const npm = { npm_config_cache: join(homedir(), '.npm'), npm_config_offline: 'true' };

function isCached(): boolean {
  try {
    const env = { ...process.env, ...npm, PATH: [NODE, process.env['PATH']].join(delimiter) };
    const options = { cwd: tmpdir(), env, stdio: 'ignore' } as const;
    // Without `--` npx prints its own version, whatever is cached.
    execFileSync('npx', ['--no', '--', COMMAND.replace('npx ', ''), '--version'], options);
    return true;
  } catch {
    return false;
  }
}

/** In ms. Building the page takes two minutes on a slow machine. */
const TIMEOUT = 600_000;

/** The command line asks a second service for extensions, which no setting redirects. */
const NO_EXTENSIONS = `data:text/javascript,${encodeURIComponent(`
  const real = globalThis.fetch;
  globalThis.fetch = (input, init) =>
    new URL(input.url ?? input).host === 'api.netlifysdk.com' ? Promise.resolve(Response.json([])) : real(input, init);
`)}`;

const VALUES: Record<string, string> = {
  team: 'my-team',
  'auth function key': 'app.key:secret',
  HistoryUrl: 'https://history.lambda-url.example/',
  HistorySecretArn: 'arn:history',
  IdentitySecretArn: 'arn:identity',
};

describe.skipIf(!isCached())(`by hand (skipped unless \`npx --yes ${COMMAND.slice(4)}\` ran once)`, () => {
  let folder: string;
  let netlify: Awaited<ReturnType<typeof startFakeNetlify>>;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'chat-by-hand-'));
    netlify = await startFakeNetlify();
    await checkOut(join(folder, 'clone'));
    await mkdir(join(folder, 'bin'));
    // Stands for AWS's command line: returns a value that names the secret.
    await writeFile(join(folder, 'bin/aws'), '#!/bin/sh\necho "value of $4"\n');
    await chmod(join(folder, 'bin/aws'), 0o755);
  });
  afterAll(async () => {
    await netlify?.close();
    await rm(folder, { recursive: true, force: true });
  });

  test('create the site, its variables and its deploy', { timeout: TIMEOUT }, async () => {
    const { code, output } = await startCommand(`set -e\n${await commands()}`, join(folder, 'clone'), {
      CI: 'true',
      NETLIFY_API_URL: `${netlify.url}/api/v1`,
      NODE_OPTIONS: `--import ${NO_EXTENSIONS}`,
      ...npm,
      XDG_CONFIG_HOME: join(folder, 'config'),
      PATH: [join(folder, 'bin'), NODE, process.env['PATH']].join(delimiter),
    }).ended;
    expect(code, output).toBe(0);
    const [site] = netlify.state.sites;
    expect(site).toMatchObject({ name: 'my-team-chat', account_slug: 'my-team' });
    const variables = [...netlify.variables('my-team-chat').values()];
    const inProduction = (value: string) => ({ is_secret: true, values: [{ context: 'production', value }] });
    expect(variables).toMatchObject([
      { key: 'ABLY_API_KEY', ...inProduction('app.key:secret') },
      { key: 'CHAT_HISTORY_URL', values: [{ context: 'all', value: VALUES['HistoryUrl'] }] },
      { key: 'HISTORY_SECRET', ...inProduction('value of arn:history') },
      { key: 'IDENTITY_SECRET', ...inProduction('value of arn:identity') },
    ]);
    const [{ files, functions } = { files: [], functions: [] }] = netlify.state.uploads;
    expect(files).toContain('index.html');
    expect(functions.toSorted()).toEqual([
      'ably-auth',
      'chat-changes',
      'chat-history',
      'chat-search',
      'chat-timeline',
      'message-versions',
    ]);
  });

  test('need --filter', { timeout: TIMEOUT }, async () => {
    const { code, output } = await startCommand(`${COMMAND} env:list`, join(folder, 'clone'), {
      CI: 'true',
      NETLIFY_AUTH_TOKEN: NETLIFY_TOKEN,
      NETLIFY_API_URL: `${netlify.url}/api/v1`,
      ...npm,
      XDG_CONFIG_HOME: join(folder, 'config'),
      PATH: [NODE, process.env['PATH']].join(delimiter),
    }).ended;
    expect(output).toMatch(/Configure the project you want to work with/);
    expect(code).not.toBe(0);
  });
});

/** The block of commands in docs/deploying.md, with values for its placeholders. */
async function commands(): Promise<string> {
  const page = await readFile(join(REPOSITORY, 'docs/deploying.md'), 'utf8');
  const [, block] = /### 4\. Netlify: [^]*?```sh\n([^]*?)```/.exec(page) ?? [];
  if (!block?.includes(COMMAND)) throw new Error(`docs/deploying.md has no block with ${COMMAND}`);
  return block
    .replace('NETLIFY_AUTH_TOKEN=…', `NETLIFY_AUTH_TOKEN=${NETLIFY_TOKEN}`)
    .replaceAll(/<([^>]+)>/g, (_all, name: string) => {
      const value = VALUES[name];
      if (value === undefined) throw new Error(`The test has no value for <${name}>`);
      return value;
    });
}
