import { temporaryFolder } from '@chat/processes/testing';
import { Hono } from 'hono';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { listen } from '../src/http-server.ts';
import { startLambdaHost } from '../src/lambda/host.ts';
import { openStackFolder } from '../src/start-up/stack-folder.ts';

/**
 * Source of a function that fails until the file named by its event exists, and for an envelope
 * that is not marked as redriven.
 */
const SOURCE = `import { existsSync } from 'node:fs';
  export const handler = async ({ file, messages, redrivenAt }) => {
    if (messages && !(Math.abs(redrivenAt - Date.now()) < 60_000)) throw new Error('not marked as redriven');
    if (!existsSync(file)) throw Object.assign(new Error('no such file: ' + file), { name: 'TargetMissing' });
  };`;

async function startHost() {
  const dir = await temporaryFolder();
  const folder = openStackFolder(dir);
  const bundle = join(dir, 'index.mjs');
  await writeFile(bundle, SOURCE);
  const host = await startLambdaHost({
    functions: [{ name: 'chat-writer', bundle, env: {} }],
    eventQueue: folder.eventQueue,
    deadLetters: folder.deadLetters,
    port: await folder.choosePort('lambdaPort'),
    timing: { retryDelaysMs: [1] },
    log: () => undefined,
  });
  onTestFinished(() => host.close());
  const letters = async () => (await readdir(folder.deadLetters)).filter((name) => name.endsWith('.json'));
  async function fail(file: string, count: number): Promise<void> {
    await fetch(`${host.url}/2015-03-31/functions/chat-writer/invocations`, {
      method: 'POST',
      headers: { 'x-amz-invocation-type': 'Event' },
      body: JSON.stringify({ file }),
    });
    await vi.waitFor(async () => expect(await letters()).toHaveLength(count), 5_000);
  }
  return { host, dir, letters, fail };
}

/** Runs a command, and returns its exit code and its output. */
function run(
  script: string,
  args: string[],
  env: NodeJS.ProcessEnv,
): Promise<{ code: number; text: string }> {
  const path = join(import.meta.dirname, '../src/dead-letters', script);
  return new Promise((resolve) => {
    execFile(process.execPath, [path, ...args], { env }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, text: stdout + stderr }),
    );
  });
}

test('npm run dead-letters: lists each event with its function and the reason', async () => {
  const { dir, fail } = await startHost();
  const env = { LOCAL_DATA_DIR: dir };
  expect(await run('list-cli.ts', [], env)).toEqual({
    code: 0,
    text: expect.stringMatching(/^No dead letters/),
  });
  await fail(join(dir, 'a'), 1);
  const { text } = await run('list-cli.ts', [], env);
  expect(text).toMatch(
    /^\d{4}-.*Z {2}chat-writer {2}[\w-]{36}\n {2}TargetMissing: no such file: .*\/a \(after 2 tries\)\n/,
  );
  expect(text).toContain(join(dir, 'dead-letters'));
});

describe('npm run redrive', () => {
  test('removes local letters whose event succeeds, and reports why others stay', async () => {
    const { dir, fail, letters, host } = await startHost();
    const env = { LOCAL_DATA_DIR: dir };
    await fail(join(dir, 'a'), 1);
    await fail(join(dir, 'b'), 2);
    await writeFile(join(dir, 'a'), '');
    const first = await run('redrive-cli.ts', [], env);
    expect(first.code).toBe(1);
    expect(first.text).toMatch(/failed again; the letter remains: .*no such file: .*\/b/);
    expect(first.text).toMatch(/1 succeeded, 1 failed again\n$/);
    expect(await letters()).toHaveLength(1);
    await writeFile(join(dir, 'b'), '');
    expect(await run('redrive-cli.ts', [], env)).toMatchObject({ code: 0 });
    expect(await letters()).toEqual([]);

    await host.close();
    await writeFile(join(dir, 'dead-letters/again.json'), '{}');
    expect(await run('redrive-cli.ts', [], env)).toEqual({
      code: 1,
      text: expect.stringMatching(/^The local stack does not run.*npm start/),
    });
  });

  test('retries records and bare events from an SQS queue, and leaves records of streams in it', async () => {
    const { host, dir } = await startHost();
    const existing = join(dir, 'existing');
    await writeFile(existing, '');
    const record = {
      timestamp: '2026-01-01T00:00:00.000Z',
      requestContext: {
        requestId: 'r1',
        functionArn: 'arn:aws:lambda:eu-west-1:123456789012:function:chat-writer:$LATEST',
        condition: 'RetriesExhausted',
        approximateInvokeCount: 3,
      },
      requestPayload: { file: existing },
      responsePayload: { errorType: 'TargetMissing', errorMessage: 'no such file' },
    };
    const { requestContext, timestamp } = record;
    const batch = { shardId: 'shardId-1', startSequenceNumber: '49', batchSize: 7 };
    const ofStream = { requestContext, timestamp, KinesisBatchInfo: batch };
    const sqs = await startQueue([
      record,
      ofStream,
      { file: existing, messages: [] },
      { file: join(dir, 'missing') },
    ]);
    const env = {
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_ENDPOINT_URL_SQS: sqs.url,
      AWS_ENDPOINT_URL_LAMBDA: host.url,
    };
    const { code, text } = await run('redrive-cli.ts', ['--queue', `${sqs.url}/1/dead`], env);
    expect(text).toMatch(/2 succeeded, 2 failed again\n$/);
    expect(text).toContain('not sent; the letter remains. Its messages are in the stream');
    expect(code).toBe(1);
    expect(sqs.deleted).toEqual(['0', '2']);
  });
});

/**
 * The calls of SQS's API used here. It delivers each message once, as if its visibility timeout
 * never ended.
 */
async function startQueue(bodies: readonly object[]) {
  const waiting = bodies.map((body, index) => ({
    MessageId: String(index),
    ReceiptHandle: String(index),
    Body: JSON.stringify(body),
    MD5OfBody: createHash('md5').update(JSON.stringify(body)).digest('hex'),
    Attributes: { SentTimestamp: '1700000000000' },
  }));
  const deleted: string[] = [];
  const app = new Hono().post('/*', async (c) => {
    const request = (await c.req.json()) as { MaxNumberOfMessages: number; ReceiptHandle: string };
    c.header('content-type', 'application/x-amz-json-1.0');
    if (c.req.header('x-amz-target') === 'AmazonSQS.DeleteMessage') {
      deleted.push(request.ReceiptHandle);
      return c.body('{}');
    }
    return c.body(JSON.stringify({ Messages: waiting.splice(0, Math.min(2, request.MaxNumberOfMessages)) }));
  });
  const server = await listen(app, { origins: 'none' });
  onTestFinished(() => server.close());
  return { url: server.url, deleted };
}
