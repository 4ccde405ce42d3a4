import { migrate } from '@chat/sql';
import { resolve } from 'node:path';
import pg from 'pg';
import { GenericContainer, Network, Wait, type StartedTestContainer } from 'testcontainers';
import { test as base } from 'vitest';
import { whyNoEngine } from './engine.ts';

/**
 * PostgreSQL and the local broker in containers, on one network with the connectors of the tests.
 */
export interface Containers {
  readonly database: pg.Client;
  /** Name of the connector's image. */
  readonly image: string;
  /** Name of the image that it is based on. */
  readonly base: string;
  /** Returns a container of the image. `env` adds to the settings of this database and broker. */
  connector(options?: { args?: string[]; env?: Record<string, string> }): GenericContainer;
  /** Reads the row changes of the chat's channel from the broker, oldest first. */
  published(): Promise<RowChange[]>;
  close(): Promise<void>;
}

export interface RowChange {
  readonly type: string;
  readonly row: Readonly<Record<string, unknown>>;
}

const ROOT = resolve(import.meta.dirname, '../..');
const POSTGRES_IMAGE = process.env.POSTGRES_IMAGE ?? 'postgres:17';
const IMAGE = `connector-test:${process.pid}`;
const NODE_IMAGE = process.env.NODE_IMAGE ?? 'node:24-slim';
const PASSWORD = 'not-a-secret';
const KEY = 'local.dev:not-a-secret';

const BROKER = ['node', 'local/broker/src/main.ts', '--host', '0.0.0.0', '--port', '8081', '--key', KEY];

const ROUTES = ['INSERT', 'UPDATE', 'DELETE'].map((operation) => ({
  tablename: 'chat_data',
  ablychannelname: 'incoming-chat',
  operation,
}));

async function startContainers(): Promise<Containers> {
  const build = () =>
    GenericContainer.fromDockerfile(ROOT, 'connector/Dockerfile').withBuildArgs({ NODE_IMAGE });
  const workspace = await build().withTarget('workspace').build();
  await build().build(IMAGE);

  await using opened = new AsyncDisposableStack();
  const network = await new Network().start();
  opened.defer(async () => void (await network.stop()));
  const postgres = await new GenericContainer(POSTGRES_IMAGE)
    .withNetwork(network)
    .withNetworkAliases('postgres')
    .withEnvironment({ POSTGRES_PASSWORD: PASSWORD, POSTGRES_DB: 'chat' })
    .withExposedPorts(5432)
    // The official image first starts a server for its own set-up, without a port.
    .withWaitStrategy(Wait.forListeningPorts())
    .start();
  opened.defer(async () => void (await postgres.stop()));
  const broker = await workspace
    .withNetwork(network)
    .withNetworkAliases('broker.test')
    .withCommand(BROKER)
    .withExposedPorts(8081)
    .withWaitStrategy(Wait.forLogMessage('Broker at'))
    .start();
  opened.defer(async () => void (await broker.stop()));
  const url = `postgres://postgres:${PASSWORD}@${postgres.getHost()}:${postgres.getMappedPort(5432)}/chat`;
  await migrate(url);
  const database = new pg.Client(url);
  await database.connect();
  opened.defer(() => database.end());

  const environment = {
    DB_HOST: 'postgres',
    DB_USER: 'postgres',
    DB_PASSWORD: PASSWORD,
    DB_NAME: 'chat',
    ABLY_API_KEY: KEY,
    ABLY_ENDPOINT: 'broker.test',
    ABLY_PORT: '8081',
    ABLY_TLS: 'false',
    ABLY_CONNECTOR: JSON.stringify(ROUTES),
  };
  const everything = opened.move();
  return {
    database,
    image: IMAGE,
    base: NODE_IMAGE,
    connector: ({ args = [], env = {} } = {}) =>
      new ConnectorContainer(IMAGE)
        .withNetwork(network)
        .withEnvironment({ ...environment, ...env })
        .withCommand(args)
        .withExposedPorts(8080)
        .withStartupTimeout(45_000),
    published: () => readHistory(broker),
    close: () => everything.disposeAsync(),
  };
}

/**
 * With the restrictions of connector-config/README.md: a read-only file system and no capabilities.
 */
class ConnectorContainer extends GenericContainer {
  constructor(image: string) {
    super(image);
    this.hostConfig.ReadonlyRootfs = true;
    this.withDroppedCapabilities('ALL');
  }
}

async function readHistory(broker: StartedTestContainer): Promise<RowChange[]> {
  const address = `http://${broker.getHost()}:${broker.getMappedPort(8081)}/channels/incoming-chat/messages`;
  const answer = await fetch(`${address}?direction=forwards&limit=1000`, {
    headers: { authorization: `Basic ${Buffer.from(KEY).toString('base64')}` },
  });
  const messages = (await answer.json()) as { data: string }[];
  return messages.map(({ data }) => JSON.parse(data) as RowChange);
}

/** The tests of a file share `containers`; `publishedNow` returns this test's row changes alone. */
export const test = base
  .extend('containers', { scope: 'file' }, async ({}, { onCleanup }) => {
    const containers = await startContainers();
    onCleanup(() => containers.close());
    return containers;
  })
  .extend('publishedNow', async ({ containers }) => {
    const before = (await containers.published()).length;
    return async () => (await containers.published()).slice(before);
  });

const noEngine = await whyNoEngine();
test.beforeEach(({ skip }) => {
  skip(noEngine !== undefined, `This machine cannot run containers: ${noEngine}`);
});
