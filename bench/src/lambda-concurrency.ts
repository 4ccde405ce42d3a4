import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startLambdaHost } from '@chat/stack/parts';
import { makeEvent, startLambdaFixture, type LambdaFixture } from './lambda/fixture.ts';
import type { Figure } from './measurement.ts';

const MESSAGES = 2_000;
const CONCURRENCY = 100;

/**
 * Measures 2,000 events of one message, invoked asynchronously by 100 concurrent callers, on up to
 * 100 instances with a connection each: lost messages, rejected connections, and rows/s including
 * cold starts.
 * @throws Error when events are still queued after two minutes
 */
export async function lambdaConcurrency(): Promise<Figure[]> {
  const fixture = await startLambdaFixture();
  const folder = await mkdtemp(join(tmpdir(), 'chat-bench-lambda-'));
  const eventQueue = join(folder, 'queue');
  const deadLetters = join(folder, 'dead-letters');
  let failures = 0;
  const host = await startLambdaHost({
    functions: [{ name: 'chat-writer', bundle: fixture.bundle, env: fixture.env, concurrency: CONCURRENCY }],
    eventQueue,
    deadLetters,
    log: (_part, line) => void (failures += Number(line.startsWith('try '))),
  });
  try {
    const startedAt = performance.now();
    await invokeAll(host.url);
    await untilEmpty(eventQueue);
    const seconds = (performance.now() - startedAt) / 1_000;
    const dead = await readdir(deadLetters).catch(() => []);
    const refused = await fixture.serverLog(
      /too many clients|too many connections|remaining connection slots/,
    );
    const figure = (what: string, unit: string, ours: number): Figure => ({
      what: `chat-writer, ${MESSAGES} events at concurrency ${CONCURRENCY}: ${what}`,
      unit,
      ours,
    });
    return [
      figure('messages lost', 'of 2,000', MESSAGES - (await countRows(fixture))),
      figure('dead letters', 'events', dead.length),
      figure('failed tries', 'tries', failures),
      figure('refused by the connection limit', 'connections', refused.length),
      figure('instances', 'processes', host.pids('chat-writer').length),
      figure('from nothing to the last row', 'rows/s', MESSAGES / seconds),
    ];
  } finally {
    await host.close();
    await fixture.close();
    await rm(folder, { recursive: true });
  }
}

async function invokeAll(url: string): Promise<void> {
  let left = MESSAGES;
  const caller = async () => {
    while (left > 0) {
      left -= 1;
      const response = await fetch(`${url}/2015-03-31/functions/chat-writer/invocations`, {
        method: 'POST',
        headers: { 'x-amz-invocation-type': 'Event' },
        body: JSON.stringify(makeEvent(1)),
      });
      if (response.status !== 202)
        throw new Error(`The Lambda host rejected an event with status ${response.status}`);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, caller));
}

async function untilEmpty(eventQueue: string): Promise<void> {
  const deadline = Date.now() + 120_000;
  while ((await stat(eventQueue)).size > 0) {
    if (Date.now() > deadline) throw new Error('Events are still queued after two minutes');
    await delay(10);
  }
}

async function countRows({ client }: LambdaFixture): Promise<number> {
  const { rows } = await client.query<{ count: number }>('select count(*)::int from chat_data');
  return rows[0]?.count ?? 0;
}
