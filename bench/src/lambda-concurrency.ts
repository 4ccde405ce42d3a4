import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startLambdaHost } from '@chat/stack/parts';
import { makeEvent, setStage, type Stage } from './lambda/stage.ts';
import type { Figure } from './measurement.ts';

const MESSAGES = 2_000;
const CONCURRENCY = 100;

/**
 * 2,000 messages, an event each, invoked asynchronously by 100 callers at once, on up to 100 instances with a connection each: how many
 * rows are there in the end, how often the server refused a connection, and how many rows came per second, cold starts included.
 * @throws Error when an event is neither written nor waiting after two minutes
 */
export async function lambdaConcurrency(): Promise<Figure[]> {
  const stage = await setStage();
  const folder = await mkdtemp(join(tmpdir(), 'chat-bench-lambda-'));
  const eventQueue = join(folder, 'queue');
  const deadLetters = join(folder, 'dead-letters');
  let failures = 0;
  const host = await startLambdaHost({
    functions: [{ name: 'chat-writer', bundle: stage.bundle, env: stage.env, concurrency: CONCURRENCY }],
    eventQueue,
    deadLetters,
    log: (_part, line) => void (failures += Number(line.startsWith('try '))),
  });
  try {
    const startedAt = performance.now();
    await inviteAll(host.url);
    await emptied(eventQueue);
    const seconds = (performance.now() - startedAt) / 1_000;
    const buried = await readdir(deadLetters).catch(() => []);
    const refused = await stage.serverLog(/too many clients|too many connections|remaining connection slots/);
    const figure = (what: string, unit: string, ours: number): Figure => ({
      what: `chat-writer, ${MESSAGES} events at concurrency ${CONCURRENCY}: ${what}`,
      unit,
      ours,
    });
    return [
      figure('messages lost', 'of 2,000', MESSAGES - (await countRows(stage))),
      figure('dead letters', 'events', buried.length),
      figure('failed tries', 'tries', failures),
      figure('refused by the connection limit', 'connections', refused.length),
      figure('instances', 'processes', host.pids('chat-writer').length),
      figure('from nothing to the last row', 'rows/s', MESSAGES / seconds),
    ];
  } finally {
    await host.close();
    await stage.close();
    await rm(folder, { recursive: true });
  }
}

async function inviteAll(url: string): Promise<void> {
  let left = MESSAGES;
  const caller = async () => {
    while (left > 0) {
      left -= 1;
      const response = await fetch(`${url}/2015-03-31/functions/chat-writer/invocations`, {
        method: 'POST',
        headers: { 'x-amz-invocation-type': 'Event' },
        body: JSON.stringify(makeEvent(1)),
      });
      if (response.status !== 202) throw new Error(`An event was not taken: ${response.status}`);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, caller));
}

async function emptied(eventQueue: string): Promise<void> {
  const deadline = Date.now() + 120_000;
  while ((await stat(eventQueue)).size > 0) {
    if (Date.now() > deadline) throw new Error('Events are still waiting after two minutes');
    await delay(10);
  }
}

async function countRows({ client }: Stage): Promise<number> {
  const { rows } = await client.query<{ count: number }>('select count(*)::int from chat_data');
  return rows[0]?.count ?? 0;
}
