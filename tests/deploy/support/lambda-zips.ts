import { buildArtefacts } from '@chat/infra/artefacts';
import { startSecretsManager } from '@chat/infra/testing';
import { LOGINS } from '@chat/sql/logins';
import { startLambdaHost, type FunctionDefinition, type LambdaHost } from '@chat/stack/parts';
import { unzipSync, zipSync } from 'fflate';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { REPOSITORY } from '../../support/paths.ts';

const FUNCTIONS = ['writer', 'history', 'migrate', 'connectorWatch', 'refreshConnector'] as const;

/** As the stack's secrets; `migrate` creates the logins. */
const LOGINS_OF_PARTS = {
  writer: { username: LOGINS.writer, password: 'of the writer' },
  history: { username: LOGINS.history, password: 'of the history' },
  connector: { username: LOGINS.connector, password: 'of the connector' },
};

export interface LambdaZips extends Pick<LambdaHost, 'sendEvent'> {
  /** Address of the host: AWS's Invoke API, and function URLs at `/url/<name>`. */
  readonly url: string;
  readonly zipBytes: Readonly<Record<string, number>>;
  /** @returns the function's result @throws Error with the function's error */
  invoke(name: string, event: object): Promise<unknown>;
  close(): Promise<void>;
}

export interface LambdaZipsOptions {
  readonly historySecret: string;
  /** Further functions, made from the unpacked ones. */
  readonly additional?: (env: Record<string, string>) => Promise<FunctionDefinition[]>;
}

/**
 * Zips the functions as for the upload to AWS, unpacks them into the folder, outside the
 * repository, and runs them by AWS's Runtime API with the environment that the CDK stack sets.
 */
export async function startLambdaZips(
  folder: string,
  databaseUrl: string,
  { historySecret, additional = () => Promise.resolve([]) }: LambdaZipsOptions,
): Promise<LambdaZips> {
  const zips = await unpackLambdaZips(folder);
  const { username, password, hostname, port, pathname } = new URL(databaseUrl);
  const owner = { username, password: decodeURIComponent(password) };
  const secrets = await startSecretsManager(owner, LOGINS_OF_PARTS);
  const env = {
    PGHOST: hostname,
    PGPORT: port,
    PGDATABASE: pathname.slice(1),
    PGSSLMODE: 'disable',
    DB_SECRET_ARN: secrets.arn,
    WRITER_LOGIN_ARN: secrets.arns.writer ?? '',
    HISTORY_LOGIN_ARN: secrets.arns.history ?? '',
    CONNECTOR_LOGIN_ARN: secrets.arns.connector ?? '',
    INCOMING_CHANNEL: 'incoming-chat',
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.url,
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    HISTORY_SECRET: historySecret,
    STAGE: 'test',
  };
  const ours = zips.map(({ name, bundle }) => {
    const arn = secrets.arns[name === 'connectorWatch' ? 'connector' : name];
    const own = arn ? { ...env, DB_SECRET_ARN: arn } : env;
    return { name, bundle, env: own, timeoutSeconds: 60 };
  });
  const host = await startLambdaHost({
    functions: [...ours, ...(await additional(env))],
    eventQueue: join(folder, 'queue'),
    deadLetters: join(folder, 'dead'),
    log: () => undefined,
  });
  return {
    url: host.url,
    sendEvent: host.sendEvent,
    zipBytes: Object.fromEntries(zips.map(({ name, zipBytes }) => [name, zipBytes])),
    async invoke(name, event) {
      const response = await fetch(`${host.url}/2015-03-31/functions/${name}/invocations`, {
        method: 'POST',
        body: JSON.stringify(event),
      });
      const answer: unknown = await response.json();
      if (response.headers.get('x-amz-function-error')) throw new Error(JSON.stringify(answer));
      return answer;
    },
    async close() {
      await host.close();
      await secrets.close();
    },
  };
}

/** AWS's Node runtime contains AWS's SDK and no other package. */
async function unpackLambdaZips(folder: string) {
  await mkdir(join(folder, 'node_modules'), { recursive: true });
  await symlink(join(REPOSITORY, 'node_modules/@aws-sdk'), join(folder, 'node_modules/@aws-sdk'));
  const folders = await buildArtefacts();
  const zips = FUNCTIONS.map(async (name) => {
    const zip = zipSync(await filesOf(folders[name]));
    await unpackZip(zip, join(folder, name));
    return { name, bundle: join(folder, name, 'index.mjs'), zipBytes: zip.byteLength };
  });
  return Promise.all(zips);
}

/** @returns the names of the files */
export async function unpackZip(zip: Uint8Array, target: string): Promise<string[]> {
  const files = Object.entries(unzipSync(zip)).filter(([name]) => !name.endsWith('/'));
  for (const [name, content] of files) {
    await mkdir(dirname(join(target, name)), { recursive: true });
    await writeFile(join(target, name), content);
  }
  return files.map(([name]) => name);
}

async function filesOf(directory: string): Promise<Record<string, Uint8Array>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const contents = files.map(
    async (file) => [file.slice(directory.length + 1), await readFile(file)] as const,
  );
  return Object.fromEntries(await Promise.all(contents));
}
