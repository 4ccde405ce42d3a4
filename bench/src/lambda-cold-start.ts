import { build } from 'esbuild';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startLambdaHost, type LambdaHost } from '@chat/stack/parts';
import { makeEvent, startLambdaFixture, type LambdaFixture } from './lambda/fixture.ts';
import type { Effort, Figure } from './measurement.ts';
import { median } from './statistics.ts';

const CONNECT = fileURLToPath(new URL('lambda/connect-process.mjs', import.meta.url));

/** Starts vary, and each takes well below a second. */
const STARTS_PER_ROUND = 5;

/**
 * Measures the time from an event without a running instance to its committed row: the Lambda host
 * starts a process, which loads the bundle, connects and writes. The floor is a Node process that
 * loads the same bundled driver, connects and exits.
 */
export async function lambdaColdStart({ rounds }: Effort): Promise<Figure[]> {
  const fixture = await startLambdaFixture();
  const folder = await mkdtemp(join(tmpdir(), 'chat-bench-cold-'));
  try {
    const floorScript = join(folder, 'connect.mjs');
    await build({
      entryPoints: [CONNECT],
      outfile: floorScript,
      bundle: true,
      minify: true,
      platform: 'node',
      format: 'esm',
      banner: {
        js: "import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);",
      },
      external: ['pg-native'],
      logLevel: 'warning',
    });
    const starts = rounds * STARTS_PER_ROUND;
    const host = await startHost(fixture, folder, starts + 1);
    const [ours, floor, bareNode]: [number[], number[], number[]] = [[], [], []];
    try {
      await firstRow(host.url, starts); // the host's own first request
      for (let start = 0; start < starts; start += 1) {
        ours.push(await firstRow(host.url, start));
        floor.push(await timeToEnd([floorScript], fixture.env));
        bareNode.push(await timeToEnd(['--eval', '0'], fixture.env));
      }
    } finally {
      await host.close();
    }
    return [
      {
        what: 'chat-writer, cold start to first row (floor: Node, the driver, one connect)',
        unit: 'ms',
        ours: median(ours),
        floor: median(floor),
        goal: { atMost: 1.3 },
      },
      { what: 'for comparison: a Node that does nothing', unit: 'ms', ours: median(bareNode) },
    ];
  } finally {
    await fixture.close();
    await rm(folder, { recursive: true });
  }
}

const nameOf = (start: number) => `chat-writer-${start}`;

/** Registers the function under one name per start, so that no start finds a warm instance. */
function startHost({ bundle, env }: LambdaFixture, folder: string, starts: number): Promise<LambdaHost> {
  return startLambdaHost({
    functions: Array.from({ length: starts }, (_, start) => ({ name: nameOf(start), bundle, env })),
    eventQueue: join(folder, 'queue'),
    deadLetters: join(folder, 'dead-letters'),
    log: () => undefined,
  });
}

async function firstRow(url: string, start: number): Promise<number> {
  const startedAt = performance.now();
  const response = await fetch(`${url}/2015-03-31/functions/${nameOf(start)}/invocations`, {
    method: 'POST',
    body: JSON.stringify(makeEvent(1)),
  });
  const answer = await response.text();
  const took = performance.now() - startedAt;
  if (answer !== '{"written":1}') throw new Error(`chat-writer wrote no row: ${answer}`);
  return took;
}

async function timeToEnd(args: string[], env: Record<string, string>): Promise<number> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'inherit'] });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`node ${args.join(' ')} ended with code ${code}`);
  return performance.now() - startedAt;
}
