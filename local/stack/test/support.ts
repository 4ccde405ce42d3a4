import { temporaryFolder } from '@chat/processes/testing';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { startLambdaHost } from '../src/lambda/host.ts';
import type { FunctionDefinition } from '../src/lambda/types.ts';

/** Starts a Lambda host with one function, `probe`, whose bundle is `source`. */
export async function startProbe(source: string, options: Partial<FunctionDefinition> = {}, folder?: string) {
  const dir = folder ?? (await temporaryFolder());
  const bundle = join(dir, 'index.mjs');
  await writeFile(bundle, source);
  const eventQueue = join(dir, 'queue.jsonl');
  const lines: string[] = [];
  const host = await startLambdaHost({
    functions: [{ name: 'probe', bundle, env: {}, ...options }],
    eventQueue,
    deadLetters: join(dir, 'dead'),
    timing: { retryDelaysMs: [10, 20] },
    log: (part, line) => lines.push(`${part}: ${line}`),
  });
  onTestFinished(() => host.close());
  const invoke = (payload: unknown, headers: Record<string, string> = {}) =>
    fetch(`${host.url}/2015-03-31/functions/probe/invocations`, {
      method: 'POST',
      body: JSON.stringify(payload),
      headers,
    });
  return {
    host,
    dir,
    /** The log so far. */
    lines,
    invoke,
    /** Lines of the queue's journal: none when every event is finished. */
    queueLines: async () => (await readFile(eventQueue, 'utf8')).split('\n').filter(Boolean),
    sendEvent: (event: unknown) => invoke(event, { 'x-amz-invocation-type': 'Event' }),
  };
}
