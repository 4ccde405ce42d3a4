import { buildArtefacts } from '@chat/infra/artefacts';
import { startTemporaryPostgres, type Postgres } from '@chat/local';
import { unzipSync, zipSync } from 'fflate';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startLambdaHost, type LambdaHost } from '../../local/src/lambda/host.ts';
import type { FunctionDefinition } from '../../local/src/lambda/types.ts';
import { REPOSITORY } from '../../local/src/paths.ts';
import { startSecretsManager, type SecretsManager } from '../../infra/test/support/secrets-manager.ts';

/**
 * What is uploaded to AWS is zipped, unpacked where nothing of this repository is near, and run by AWS's Runtime API with
 * the environment that the stack gives it: the password comes from Secrets Manager.
 */
const HISTORY_SECRET = 'a secret of the history function';
const FUNCTIONS = ['writer', 'history', 'migrate', 'connectorWatch'] as const;

/** As published then, where the sequence was missing. */
const TABLE_OF_2021 = `create table public.chat_data (
  username text, msg_id text not null, msg_data text, client_id text,
  incremental_record_id bigint not null, created_at_timestamp bigint, is_edited boolean,
  constraint chat_data_pkey primary key (msg_id))`;

let folder: string;
let postgres: Postgres;
let secrets: SecretsManager;
let host: LambdaHost;
let zipBytes: Record<string, number>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chat-zips-'));
  postgres = await startTemporaryPostgres();
  const { username, password, hostname, port, pathname } = new URL(postgres.url);
  secrets = await startSecretsManager({ username, password: decodeURIComponent(password) });
  const env = {
    PGHOST: hostname,
    PGPORT: port,
    PGDATABASE: pathname.slice(1),
    PGSSLMODE: 'disable',
    DB_SECRET_ARN: secrets.arn,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.url,
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    HISTORY_SECRET,
    STAGE: 'test',
  };
  const { connectorContext: _image, ...folders } = await buildArtefacts();
  zipBytes = {};
  const functions: FunctionDefinition[] = [];
  for (const name of FUNCTIONS) {
    const zip = zipSync(await filesOf(folders[name]));
    zipBytes[name] = zip.byteLength;
    functions.push({ name, bundle: await unpack(zip, join(folder, name)), env, timeoutSeconds: 60 });
  }
  await query('create database of_2021');
  const migrate = join(folder, 'migrate/index.mjs');
  functions.push({
    name: 'migrate-2021',
    bundle: migrate,
    env: { ...env, PGDATABASE: 'of_2021' },
    timeoutSeconds: 60,
  });
  const broken = join(folder, 'broken');
  await cp(join(folder, 'migrate'), broken, { recursive: true });
  await writeFile(
    join(broken, 'migrations/9999-broken.sql'),
    'create table half_made (); select no_such_column;',
  );
  functions.push({ name: 'migrate-broken', bundle: join(broken, 'index.mjs'), env, timeoutSeconds: 60 });
  await provideSdk(folder);
  const log = () => undefined;
  host = await startLambdaHost({
    functions,
    eventQueue: join(folder, 'queue'),
    deadLetters: join(folder, 'dead'),
    log,
  });
});
afterAll(async () => {
  await host?.close();
  await secrets?.close();
  await postgres?.close();
  await rm(folder, { recursive: true, force: true });
});

describe('the function that migrates', () => {
  it('applies sql/ to an empty database, and finds nothing to do the second time', async () => {
    const first = await invoke('migrate', { RequestType: 'Create' });
    expect(first).toMatchObject({
      PhysicalResourceId: 'chat-migrations',
      Data: { applied: expect.stringContaining('0001-chat-data') as string },
    });
    const second = await invoke('migrate', { RequestType: 'Update' });
    expect(second).toMatchObject({ PhysicalResourceId: 'chat-migrations', Data: { applied: '' } });
  });

  it('takes over the table of the 2021 demo, with its rows', async () => {
    await query(TABLE_OF_2021, 'of_2021');
    await query(`insert into chat_data values ('Ann', 'a', 'first', 'c1', 1, 1000, false)`, 'of_2021');
    await invoke('migrate-2021', { RequestType: 'Create' });
    await invoke('migrate-2021', { RequestType: 'Update' });
    const rows = await query('select msg_id, msg_data, revision from chat_data', 'of_2021');
    expect(rows).toEqual([{ msg_id: 'a', msg_data: 'first', revision: 1 }]);
  });

  it('fails the deployment in PostgreSQL’s words, and leaves nothing half made', async () => {
    const failure = invoke('migrate-broken', { RequestType: 'Update' });
    await expect(failure).rejects.toThrow(/MigrationFailed.*9999-broken.*no_such_column/);
    expect(await query("select to_regclass('half_made') as found")).toEqual([{ found: null }]);
  });

  it('leaves the tables alone when the stack is deleted', async () => {
    await invoke('migrate', { RequestType: 'Delete' });
    expect(await query('select count(*)::integer as rows from chat_data')).toEqual([{ rows: 0 }]);
  });
});

describe('the deployed writer and reader', () => {
  it('write what a rule sends, and read it', async () => {
    const message = {
      id: 'm1',
      name: 'chatMsg',
      clientId: 'ann',
      timestamp: Date.now(),
      encoding: 'json',
      data: JSON.stringify({ username: 'Ann', content: 'from the zip' }),
    };
    await invoke('writer', { source: 'channel.message', channel: 'outgoing-chat', messages: [message] });
    expect(await query('select msg_id, msg_data from chat_data')).toEqual([
      { msg_id: 'm1', msg_data: 'from the zip' },
    ]);

    const page = await fetch(`${host.url}/url/history?limit=5`, {
      headers: { authorization: `Bearer ${HISTORY_SECRET}` },
    });
    expect(await page.json()).toMatchObject({ rows: [{ msg_id: 'm1' }] });
    expect((await fetch(`${host.url}/url/history?limit=5`)).status).toBe(401);
  });

  it('count row changes that nobody publishes', async () => {
    expect(await invoke('connectorWatch', {})).toEqual({ rowsWaiting: 0 });
    await query(
      `insert into outbox (mutation_id, channel, name, data) values ('x', 'incoming-chat', 'n', '{}')`,
    );
    expect(await invoke('connectorWatch', {})).toEqual({ rowsWaiting: 1 });
  });
});

it('are far from AWS’s limit of 50 MB', () => {
  for (const name of FUNCTIONS) expect(zipBytes[name], name).toBeLessThan(2_000_000);
});

async function invoke(name: string, event: object): Promise<unknown> {
  const response = await fetch(`${host.url}/2015-03-31/functions/${name}/invocations`, {
    method: 'POST',
    body: JSON.stringify(event),
  });
  const answer: unknown = await response.json();
  if (response.headers.get('x-amz-function-error')) throw new Error(JSON.stringify(answer));
  return answer;
}

async function query(sql: string, database?: string): Promise<unknown[]> {
  const address = new URL(postgres.url);
  if (database) address.pathname = `/${database}`;
  const client = new pg.Client({ connectionString: address.href });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

async function filesOf(directory: string): Promise<Record<string, Uint8Array>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const contents = files.map(
    async (file) => [file.slice(directory.length + 1), await readFile(file)] as const,
  );
  return Object.fromEntries(await Promise.all(contents));
}

async function unpack(zip: Uint8Array, target: string): Promise<string> {
  for (const [name, content] of Object.entries(unzipSync(zip))) {
    await mkdir(dirname(join(target, name)), { recursive: true });
    await writeFile(join(target, name), content);
  }
  return join(target, 'index.mjs');
}

/** AWS's Node runtime brings AWS's SDK along; nothing else of node_modules is there. */
async function provideSdk(directory: string): Promise<void> {
  await mkdir(join(directory, 'node_modules'));
  await symlink(join(REPOSITORY, 'node_modules/@aws-sdk'), join(directory, 'node_modules/@aws-sdk'));
}
