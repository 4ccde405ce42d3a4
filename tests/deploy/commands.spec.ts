import { startBroker, type Broker } from '@chat/broker';
import type { Postgres } from '@chat/postgres';
import { startTemporaryPostgres } from '@chat/postgres/testing';
import { freePort } from '@chat/processes';
import { databaseEnvironments } from '@chat/stack/parts';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkOut } from './support/checkout.ts';
import { startCommand, type RunningCommand } from './support/shell.ts';

/*
 * Documented commands that no other test runs, in a shell in a clone (see
 * support/documented-commands.ts).
 */

const KEY = 'app.key:secret';
let clone: string;
let dataDir: string;
let postgres: Postgres;
let broker: Broker;

beforeAll(async () => {
  clone = await mkdtemp(join(tmpdir(), 'chat-clone-'));
  dataDir = await mkdtemp(join(tmpdir(), 'chat-data-'));
  await checkOut(clone);
  postgres = await startTemporaryPostgres();
  broker = await startBroker({ keys: [KEY] });
});
afterAll(async () => {
  await broker?.close();
  await postgres?.close();
  for (const folder of [clone, dataDir]) await rm(folder, { recursive: true, force: true });
});

const type = (command: string, env: Record<string, string> = {}): RunningCommand =>
  startCommand(command, clone, { CI: 'true', LOCAL_DATA_DIR: dataDir, ...env });

/** Awaits an output of a command that runs until it is interrupted. */
async function until(running: RunningCommand, what: RegExp): Promise<RegExpExecArray> {
  return running.outputs(what).catch(async (error: unknown) => {
    await running.interrupt();
    throw error;
  });
}

describe('a command on a laptop', () => {
  test('npm run dev serves the page from its sources until it is interrupted', async () => {
    const dev = type('npm run dev', { PORT: '0' });
    const [, site = ''] = await until(dev, /(http:\/\/127\.0\.0\.1:\d+)/);
    const page = await fetch(site).then((response) => response.text());
    expect(page).toContain('/_nuxt/@vite/client');
    expect(await dev.interrupt()).toMatchObject({ code: 0 });
  });

  test('npm run broker -- --port 8081 --key app.key:secret', async () => {
    const port = String(await freePort());
    const running = type(`npm run broker -- --port ${port} --key app.key:secret`);
    await until(running, new RegExp(`127\\.0\\.0\\.1:${port}`));
    const time = await fetch(`http://127.0.0.1:${port}/time`).then((response) => response.json());
    expect(time).toEqual([expect.any(Number)]);
    await running.interrupt();
  });

  test('npm run bench -- broker-fan-out-50, as short as possible', async () => {
    const out = join(dataDir, 'bench.json');
    const { code, output } = await type(
      `npm run bench -- broker-fan-out-50 --rounds 1 --reading-ms 100 --out ${out}`,
    ).ended;
    expect(output).toMatch(/deliveries\/s/);
    expect(code).toBe(0);
  });

  test('npm test -- with an unknown name lists the steps', async () => {
    const { code, output } = await type('npm test -- nothing').ended;
    expect(output).toMatch(/No step and no test file matches "nothing"[^]*format[^]*deploy/);
    expect(code).toBe(2);
  });
});

describe('a documented command of the connector', () => {
  let env: Record<string, string>;

  beforeAll(async () => {
    const routes = [{ tablename: 'chat_data', ablychannelname: 'incoming-chat', operation: 'INSERT' }];
    const names = databaseEnvironments(postgres.url).connector;
    const ably = { ABLY_API_KEY: KEY, ABLY_ENDPOINT: '127.0.0.1', ABLY_PORT: String(broker.port) };
    env = { ...names, ...ably, ABLY_TLS: 'false', ABLY_CONNECTOR: JSON.stringify(routes) };
    const lines = Object.entries(env).map(([name, value]) => `${name}=${value}`);
    await writeFile(join(clone, 'connector-config/chat.env'), lines.join('\n'));
    const dbConfig = {
      host: env['DB_HOST'],
      port: Number(env['DB_PORT']),
      user: env['DB_USER'],
      password: env['DB_PASSWORD'],
      database: env['DB_NAME'],
    };
    const to = { apiKey: KEY, endpoint: '127.0.0.1', port: broker.port, tls: false };
    const config = JSON.stringify({ dbConfig, connector: routes, ably: to });
    await writeFile(join(clone, 'connector-config/chat.json'), config);
    await writeFile(join(clone, 'chat.json'), config);
  });

  test('npm run migrate comes first', async () => {
    const { code, output } = await type('npm run migrate', { DATABASE_URL: postgres.url }).ended;
    expect(output).toMatch(/applied migrations\/0001-chat-data/);
    expect(code).toBe(0);
  });

  test('--check lists what a start would change, and --setup changes it', async () => {
    const before = await type('npm run connector -- --check connector-config/chat.json').ended;
    expect(before.output).toMatch(/would/);
    expect(before.output).not.toMatch(/A start would change nothing/);
    const setUp = await type('npm run connector -- --setup connector-config/chat.json').ended;
    expect(setUp).toMatchObject({ code: 0 });
    expect(await type('npm run connector -- --setup chat.json').ended).toMatchObject({ code: 0 });
    const after = await type('npm run connector -- --check connector-config/chat.json').ended;
    expect(after.output).toMatch(/A start would change nothing/);
    expect(after.code).toBe(0);
  });

  test.each([
    'npm run connector -- connector-config/chat.json',
    'npm run connector -- connector-config/chat.env',
    'npm run connector -- --config connector-config/chat.env',
    'npm run connector',
  ])('%s', async (command) => {
    const running = type(command, command === 'npm run connector' ? env : {});
    await until(running, /"msg":"ready"/);
    expect(await running.interrupt()).toMatchObject({ code: 0 });
  });
});

describe('the deployment without an account', () => {
  test.each(['npm run deploy', 'npm run deploy -- --plan', 'npm run doctor', 'npm run destroy'])(
    '%s lists the missing settings and ends',
    async (command) => {
      const { code, output } = await type(command).ended;
      expect(output).toMatch(/Please check \.env:\n.*AWS_REGION: must be set/);
      for (const name of ['ABLY_CONTROL_TOKEN', 'NETLIFY_AUTH_TOKEN', 'SITE_NAME'])
        expect(output).toContain(`${name}: must be set`);
      expect(code).toBe(1);
    },
  );

  test('npm run deploy with an unknown option prints its usage', async () => {
    const { code, output } = await type('npm run deploy -- --plam').ended;
    expect(output).toMatch(/--plam/);
    expect(output).toMatch(/npm run deploy \[-- --plan \| --yes\]/);
    expect(code).toBe(1);
  });

  test('the template can be synthesized by itself', async () => {
    const command =
      'cd infra && AWS_REGION=eu-central-1 ABLY_EXTERNAL_ID=account.app CONNECTOR=none npx cdk synth --quiet';
    const { code, output } = await type(command).ended;
    expect(code, output).toBe(0);
    expect(await readdir(join(clone, 'infra/dist/cdk.out'))).toContain('serverless-chat-dev.template.json');
  });
});
