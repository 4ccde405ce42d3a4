import { getContainerRuntimeClient, ImageName, Wait } from 'testcontainers';
import type { GenericContainer, StartedTestContainer } from 'testcontainers';
import { describe, expect, onTestFinished } from 'vitest';
import { test, type Containers } from './fixtures.ts';

const healthy = ({ connector }: Containers) => start(connector().withWaitStrategy(Wait.forHealthCheck()));
const listening = ({ connector }: Containers) =>
  start(connector().withWaitStrategy(Wait.forLogMessage('"msg":"ready"')));

/** Starts a container, which is removed when the test ends. */
async function start(container: GenericContainer): Promise<StartedTestContainer> {
  const started = await container.start();
  onTestFinished(async () => void (await started.stop({ remove: true })));
  return started;
}

async function inspect(container: StartedTestContainer) {
  const client = await getContainerRuntimeClient();
  return client.container.getById(container.getId()).inspect();
}

/** Runs a container to its end. */
async function run(
  { connector }: Containers,
  options: Parameters<Containers['connector']>[0],
): Promise<{ code: number; output: string }> {
  let output = '';
  const container = await start(
    connector(options)
      .withLogConsumer((stream) => void stream.on('data', (chunk) => (output += String(chunk))))
      .withWaitStrategy(Wait.forLogMessage(/./)),
  );
  await expect.poll(async () => (await inspect(container)).State.Running, { timeout: 20_000 }).toBe(false);
  const { ExitCode: code } = (await inspect(container)).State;
  return { code, output };
}

test('the connector’s image: adds one file of less than 5 MB to Node', async ({ containers }) => {
  const { image } = await getContainerRuntimeClient();
  const ours = await image.inspect(ImageName.fromString(containers.image));
  const node = await image.inspect(ImageName.fromString(containers.base));
  expect(ours.RootFS.Layers?.slice(0, -1)).toEqual(node.RootFS.Layers);
  expect(ours.Size - node.Size).toBeLessThan(5_000_000);
  const { output } = await (await listening(containers)).exec(['ls', '-A', '/connector']);
  expect(output.trim()).toBe('connector.mjs');
});

test('the connector’s image: is healthy as an unprivileged user on a read-only file system', async ({
  containers,
}) => {
  const container = await healthy(containers);
  const { Config: config, HostConfig: host } = await inspect(container);
  expect(config.User).toBe('10001:10001');
  expect(host.ReadonlyRootfs).toBe(true);
  const address = `http://${container.getHost()}:${container.getMappedPort(8080)}`;
  expect((await fetch(`${address}/ready`)).status).toBe(200);
  expect(await (await fetch(`${address}/metrics`)).text()).toContain('connector_lag_seconds 0');
});

test('the container: publishes inserts, updates, deletes and truncates, complete and in order', async ({
  containers,
  publishedNow,
}) => {
  const { database } = containers;
  await listening(containers);
  const text = 'é漢👋🏽'.repeat(1_000);
  await database.query('insert into chat_data (msg_id, msg_data) values ($1, $2)', ['m1', text]);
  await database.query('insert into chat_data (msg_id, msg_data) values ($1, $2)', ['m2', 'x'.repeat(9_000)]);
  await database.query(`update chat_data set msg_data = 'edited' where msg_id = 'm1'`);
  await database.query(`delete from chat_data where msg_id = 'm1'`);
  await database.query('truncate chat_data');
  await expect.poll(publishedNow, { timeout: 10_000 }).toHaveLength(5);
  const changes = (await publishedNow()).map(({ type, row }) => [
    type,
    row.msg_id,
    String(row.msg_data).length,
  ]);
  expect(changes).toEqual([
    ['INSERT', 'm1', text.length],
    ['INSERT', 'm2', 9_000],
    ['UPDATE', 'm1', 6],
    ['DELETE', 'm1', 6],
    ['DELETE', 'm2', 9_000],
  ]);
});

test('the container: publishes the rest after a kill, and nothing twice', async ({
  containers,
  publishedNow,
}) => {
  const { database } = containers;
  const victim = await listening(containers);
  await database.query(`insert into chat_data (msg_id) select 'k' || i from generate_series(1, 400) as i`);
  await victim.restart({ timeout: 0 }); // SIGKILL
  await database.query(`insert into chat_data (msg_id) select 'k' || i from generate_series(401, 500) as i`);
  await expect.poll(publishedNow, { timeout: 30_000 }).toHaveLength(500);
  expect((await publishedNow()).map(({ row }) => row.msg_id)).toEqual(
    Array.from({ length: 500 }, (_, i) => `k${i + 1}`),
  );
});

test('the container: ends with 0 after SIGTERM, well within the 10 s of an orchestrator', async ({
  containers,
}) => {
  const container = await listening(containers);
  const client = await getContainerRuntimeClient();
  const signalledAt = performance.now();
  await client.container.getById(container.getId()).stop({ t: 10 });
  expect(performance.now() - signalledAt).toBeLessThan(9_000);
  expect((await inspect(container)).State.ExitCode).toBe(0);
});

describe('the container’s arguments and settings', () => {
  test('--check reports that a start would change nothing', async ({ containers }) => {
    await listening(containers);
    const { code, output } = await run(containers, { args: ['--check'] });
    expect(output).toContain('A start would change nothing.');
    expect(code).toBe(0);
  });

  test('a wrong configuration is reported completely, and ends it with 1', async ({ containers }) => {
    const { code, output } = await run(containers, {
      env: { DB_PORT: 'x', ABLY_API_KEY: 'hunter2', LOG_LEVEL: 'loud' },
    });
    for (const name of ['DB_PORT', 'ABLY_API_KEY', 'LOG_LEVEL']) expect(output).toContain(`  ${name}: `);
    expect(output).not.toContain('hunter2');
    expect(code).toBe(1);
  });
});
