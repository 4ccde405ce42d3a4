import { beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { getContainerRuntimeClient, ImageName, Wait } from 'testcontainers';
import type { GenericContainer, StartedTestContainer } from 'testcontainers';
import { setSetting, type Setting } from './setting.ts';

let setting: Setting;
beforeAll(async () => {
  setting = await setSetting();
  return () => setting.close();
});

/** Rows of earlier tests are of no concern. */
let before: number;
beforeEach(async () => {
  before = (await setting.published()).length;
});
const publishedNow = async () => (await setting.published()).slice(before);

const healthy = () => start(setting.connector().withWaitStrategy(Wait.forHealthCheck()));
const listening = () => start(setting.connector().withWaitStrategy(Wait.forLogMessage('"msg":"ready"')));

/** Gone with the end of the test, however that comes. */
async function start(container: GenericContainer): Promise<StartedTestContainer> {
  const started = await container.start();
  onTestFinished(async () => void (await started.stop({ remove: true })));
  return started;
}

async function inspect(container: StartedTestContainer) {
  const client = await getContainerRuntimeClient();
  return client.container.getById(container.getId()).inspect();
}

/** Runs to its end. */
async function run(options: Parameters<Setting['connector']>[0]): Promise<{ code: number; output: string }> {
  let output = '';
  const container = await start(
    setting
      .connector(options)
      .withLogConsumer((stream) => void stream.on('data', (chunk) => (output += String(chunk))))
      .withWaitStrategy(Wait.forLogMessage(/./)),
  );
  await expect.poll(async () => (await inspect(container)).State.Running, { timeout: 20_000 }).toBe(false);
  const { ExitCode: code } = (await inspect(container)).State;
  return { code, output };
}

const write = (text: string, values: unknown[] = []) => setting.database.query(text, values);

test('one file of less than 5 MB is all that it adds to Node', async () => {
  const { image } = await getContainerRuntimeClient();
  const ours = await image.inspect(ImageName.fromString(setting.image));
  const node = await image.inspect(ImageName.fromString(setting.base));
  expect(ours.RootFS.Layers?.slice(0, -1)).toEqual(node.RootFS.Layers);
  expect(ours.Size - node.Size).toBeLessThan(5_000_000);
  const { output } = await (await listening()).exec(['ls', '-A', '/connector']);
  expect(output.trim()).toBe('connector.mjs');
});

test('its health check passes, as nobody in particular, on a file system that cannot be written', async () => {
  const container = await healthy();
  const { Config: config, HostConfig: host } = await inspect(container);
  expect(config.User).toBe('10001:10001');
  expect(host.ReadonlyRootfs).toBe(true);
  const address = `http://${container.getHost()}:${container.getMappedPort(8080)}`;
  expect((await fetch(`${address}/ready`)).status).toBe(200);
  expect(await (await fetch(`${address}/metrics`)).text()).toContain('connector_lag_seconds 0');
});

test('publishes what is inserted, updated, deleted and truncated, whole and in order', async () => {
  await listening();
  const text = 'é漢👋🏽'.repeat(1_000);
  await write('INSERT INTO chat_data (msg_id, msg_data) VALUES ($1, $2)', ['m1', text]);
  await write('INSERT INTO chat_data (msg_id, msg_data) VALUES ($1, $2)', ['m2', 'x'.repeat(9_000)]);
  await write(`UPDATE chat_data SET msg_data = 'edited' WHERE msg_id = 'm1'`);
  await write(`DELETE FROM chat_data WHERE msg_id = 'm1'`);
  await write('TRUNCATE chat_data');
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

test('killed in the middle of it, its successor publishes the rest, and nothing twice', async () => {
  const victim = await listening();
  await write(`INSERT INTO chat_data (msg_id) SELECT 'k' || i FROM generate_series(1, 400) AS i`);
  await victim.restart({ timeout: 0 }); // SIGKILL
  await write(`INSERT INTO chat_data (msg_id) SELECT 'k' || i FROM generate_series(401, 500) AS i`);
  await expect.poll(publishedNow, { timeout: 30_000 }).toHaveLength(500);
  expect((await publishedNow()).map(({ row }) => row.msg_id)).toEqual(
    Array.from({ length: 500 }, (_, i) => `k${i + 1}`),
  );
});

test('SIGTERM ends it with 0 well within the 10 s that an orchestrator waits', async () => {
  const container = await listening();
  const client = await getContainerRuntimeClient();
  const asked = performance.now();
  await client.container.getById(container.getId()).stop({ t: 10 });
  expect(performance.now() - asked).toBeLessThan(9_000);
  expect((await inspect(container)).State.ExitCode).toBe(0);
});

describe('what it is told', () => {
  test('--check says that a start would change nothing', async () => {
    await listening();
    const { code, output } = await run({ args: ['--check'] });
    expect(output).toContain('A start would change nothing.');
    expect(code).toBe(0);
  });

  test('a wrong configuration is reported at once and whole, and ends it with 1', async () => {
    const { code, output } = await run({ env: { DB_PORT: 'x', ABLY_API_KEY: 'hunter2', LOG_LEVEL: 'loud' } });
    for (const name of ['DB_PORT', 'ABLY_API_KEY', 'LOG_LEVEL']) expect(output).toContain(`  ${name}: `);
    expect(output).not.toContain('hunter2');
    expect(code).toBe(1);
  });
});
