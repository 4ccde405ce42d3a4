import { temporaryFolder } from '@chat/processes/testing';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { startProbe } from './support.ts';

/** Returns T for a stopped process, and `gone` for a zombie or no process. */
async function stateOf(pid: number): Promise<string> {
  const proc = async () => (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ').at(-1) ?? '';
  const ps = async () => (await promisify(execFile)('ps', ['-o', 'state=', '-p', String(pid)])).stdout;
  const answer = await (process.platform === 'linux' ? proc : ps)().catch(() => 'gone');
  return answer.startsWith('Z') ? 'gone' : answer.startsWith('T') ? 'T' : answer;
}

async function deadLetters(dir: string): Promise<Record<string, unknown>[]> {
  const names = await readdir(join(dir, 'dead')).catch(() => []);
  const letters = names.filter((name) => name.endsWith('.json'));
  return Promise.all(
    letters.map(
      async (name) => JSON.parse(await readFile(join(dir, 'dead', name), 'utf8')) as Record<string, unknown>,
    ),
  );
}

describe('a local Lambda function', () => {
  test('receives the event and a context, and its result is the response', async () => {
    const { invoke } = await startProbe(
      `export const handler = async (event, context) => ({ event, id: context.awsRequestId, name: context.functionName,
         left: context.getRemainingTimeInMillis(), region: process.env.AWS_REGION, secret: process.env.SECRET });`,
      { env: { SECRET: 'value' }, timeoutSeconds: 20 },
    );
    const response = await invoke({ hello: 'world' });
    expect(response.status).toBe(200);
    const result = (await response.json()) as Record<string, unknown>;
    expect(result).toMatchObject({
      event: { hello: 'world' },
      name: 'probe',
      region: 'local',
      secret: 'value',
    });
    expect(result['id']).toMatch(/^[0-9a-f-]{36}$/);
    expect(result['left']).toBeGreaterThan(15_000);
    expect(result['left']).toBeLessThanOrEqual(20_000);
  });

  test('sees none of its host’s environment', async () => {
    vi.stubEnv('ONLY_FOR_THE_HOST', 'secret');
    onTestFinished(() => void vi.unstubAllEnvs());
    const { invoke } = await startProbe('export const handler = async () => Object.keys(process.env);');
    expect(await (await invoke({})).json()).not.toContain('ONLY_FOR_THE_HOST');
  });

  test('keeps its process and module scope for the next event, also after an error', async () => {
    const { invoke } = await startProbe(
      `let calls = 0;
       export const handler = async ({ fail }) => { calls += 1; if (fail) throw new RangeError('no'); return [process.pid, calls]; };`,
    );
    const [pid, first] = (await (await invoke({})).json()) as [number, number];
    const failed = await invoke({ fail: true });
    expect(failed.status).toBe(200);
    expect(failed.headers.get('x-amz-function-error')).toBe('Unhandled');
    expect(await failed.json()).toMatchObject({ errorType: 'RangeError', errorMessage: 'no' });
    expect(first).toBe(1);
    expect(await (await invoke({})).json()).toEqual([pid, 3]);
  });

  test('is killed at its timeout, and the next event runs in a new process', async () => {
    const { invoke } = await startProbe(
      `export const handler = async ({ hang }) => { if (hang) for (;;); return process.pid; };`,
      { timeoutSeconds: 0.5 },
    );
    const pid = (await (await invoke({})).json()) as number;
    const late = await invoke({ hang: true });
    expect(await late.json()).toMatchObject({
      errorType: 'Sandbox.Timedout',
      errorMessage: expect.stringMatching(/Task timed out after 0\.50 seconds$/) as string,
    });
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    expect(await (await invoke({})).json()).not.toBe(pid);
  });

  test('that crashes is reported and replaced', async () => {
    const { invoke } = await startProbe(
      `export const handler = async ({ code }) => { if (code) process.exit(code); return 'fine'; };`,
    );
    const crashed = (await (await invoke({ code: 7 })).json()) as { errorType: string; errorMessage: string };
    expect(crashed.errorType).toBe('Runtime.ExitError');
    expect(crashed.errorMessage).toContain('exit status 7');
    expect(await (await invoke({})).json()).toBe('fine');
  });

  test('whose promise can never resolve is reported at once, not at its timeout', async () => {
    const { invoke } = await startProbe(`export const handler = () => new Promise(() => undefined);`, {
      timeoutSeconds: 900,
    });
    expect(await (await invoke({})).json()).toMatchObject({ errorType: 'Runtime.ExitError' });
  });

  test.each([1, 70_000, 3_000_000])(
    'receives and returns an event of %i characters unchanged',
    async (length) => {
      const { invoke } = await startProbe(`export const handler = async (event) => event;`);
      const text = 'ü'.repeat(length);
      expect(await (await invoke(text)).json()).toBe(text);
    },
  );

  test('may run longer than an HTTP server keeps a silent connection', async () => {
    const { invoke } = await startProbe(
      `export const handler = async () => new Promise((done) => setTimeout(() => done('late'), 7_000));`,
    );
    expect(await (await invoke({})).json()).toBe('late');
  });

  test('that fails to load reports the reason at each invocation', async () => {
    const { invoke } = await startProbe(`throw new SyntaxError('half a bundle');`);
    for (let i = 0; i < 2; i += 1) {
      const response = await invoke({});
      expect(response.headers.get('x-amz-function-error')).toBe('Unhandled');
      expect(await response.json()).toMatchObject({
        errorType: 'SyntaxError',
        errorMessage: 'half a bundle',
      });
    }
  });

  test('writes its output to the log, with its name', async () => {
    const { invoke, lines } = await startProbe(
      `export const handler = async () => { console.log('I was here'); };`,
    );
    await invoke({});
    await vi.waitFor(() => expect(lines).toContain('lambda probe: I was here'));
  });

  test('runs one event at a time in each of at most `concurrency` processes; further events wait', async () => {
    const { sendEvent, host, dir } = await startProbe(
      `import { appendFileSync } from 'node:fs';
       let busy = 0;
       export const handler = async ({ file }) => {
         busy += 1;
         await new Promise((done) => setTimeout(done, 50));
         appendFileSync(file, process.pid + ' ' + (busy-- > 1) + '\\n');
       };`,
      { concurrency: 3 },
    );
    const file = join(dir, 'done');
    const accepted = await Promise.all(Array.from({ length: 9 }, () => sendEvent({ file })));
    expect(accepted.map(({ status }) => status)).toEqual(Array(9).fill(202));
    const done = await vi.waitFor(async () => {
      const lines = (await readFile(file, 'utf8')).trim().split('\n');
      expect(lines).toHaveLength(9);
      return lines.map((line) => line.split(' '));
    }, 5_000);
    expect(done.every(([, overlapped]) => overlapped === 'false')).toBe(true);
    expect(new Set(done.map(([pid]) => pid)).size).toBe(3);
    expect(host.pids('probe')).toHaveLength(3);
  });

  test('is frozen between two events: no timer fires meanwhile', async () => {
    const { invoke, host, dir } = await startProbe(
      `import { appendFileSync } from 'node:fs';
       export const handler = async ({ file }) => {
         await new Promise((done) => setInterval(() => { appendFileSync(file, '.'); done(); }, 5));
         return process.pid;
       };`,
    );
    const file = join(dir, 'ticks');
    const call = async () => (await (await invoke({ file })).json()) as number;
    const ticks = async () => (await readFile(file, 'utf8')).length;
    const pid = await call();
    await vi.waitFor(async () => expect(await stateOf(pid)).toBe('T'));
    const before = await ticks();
    expect(before).toBeGreaterThan(0);
    // A running process would tick 60 times in this time.
    await new Promise((done) => setTimeout(done, 300));
    expect(await ticks()).toBe(before);
    expect(await call()).toBe(pid);
    await vi.waitFor(async () => expect(await stateOf(pid)).toBe('T'));
    await host.close();
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });

  test('does not outlive a killed host, even when frozen', async () => {
    const dir = await temporaryFolder();
    const bundle = join(dir, 'index.mjs');
    await writeFile(bundle, 'export const handler = async () => process.pid;');
    const script = `
      import { startLambdaHost } from '${pathToFileURL(join(import.meta.dirname, '../src/lambda/host.ts')).href}';
      const host = await startLambdaHost({
        functions: [{ name: 'probe', bundle: '${bundle}', env: {} }],
        eventQueue: '${dir}/queue', deadLetters: '${dir}/dead', log: () => undefined,
      });
      console.log(host.url);`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    const [url] = (await once(createInterface(child.stdout), 'line')) as [string];
    const response = await fetch(`${url}/2015-03-31/functions/probe/invocations`, { method: 'POST' });
    const pid = (await response.json()) as number;
    await vi.waitFor(async () => expect(await stateOf(pid)).toBe('T'));
    child.kill('SIGKILL');
    await vi.waitFor(async () => expect(await stateOf(pid)).toBe('gone'));
  });

  test('leaves no process behind when the host closes', async () => {
    const { invoke, host } = await startProbe('export const handler = async () => process.pid;');
    const pid = (await (await invoke({})).json()) as number;
    await host.close();
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });
});

describe('an asynchronous event', () => {
  const failing = (times: number) => `
    import { appendFileSync, readFileSync } from 'node:fs';
    export const handler = async ({ file }) => {
      appendFileSync(file, 'x');
      if (readFileSync(file, 'utf8').length <= ${times}) throw new Error('not yet');
    };`;

  test('is accepted at once and retried until it succeeds', async () => {
    const { sendEvent, dir, queueLines } = await startProbe(failing(2));
    const file = join(dir, 'tries');
    expect((await sendEvent({ file })).status).toBe(202);
    await vi.waitFor(async () => expect(await readFile(file, 'utf8')).toBe('xxx'), 5_000);
    await vi.waitFor(async () => expect(await queueLines()).toEqual([]));
    expect(await deadLetters(dir)).toEqual([]);
  });

  test('becomes a dead letter with its reason after the third failure', async () => {
    const { sendEvent, dir, queueLines } = await startProbe(failing(99));
    const file = join(dir, 'tries');
    const accepted = await sendEvent({ file });
    const [letter] = await vi.waitFor(async () => {
      const letters = await deadLetters(dir);
      expect(letters).toHaveLength(1);
      return letters;
    }, 5_000);
    expect(letter).toMatchObject({
      version: '1.0',
      requestContext: {
        requestId: accepted.headers.get('x-amzn-requestid'),
        condition: 'RetriesExhausted',
        approximateInvokeCount: 3,
      },
      requestPayload: { file },
      responsePayload: { errorType: 'Error', errorMessage: 'not yet' },
    });
    expect(await readFile(file, 'utf8')).toBe('xxx');
    await vi.waitFor(async () => expect(await queueLines()).toEqual([]));
  });

  test('that was accepted survives the end of the host, also after finished ones', async () => {
    const dir = await temporaryFolder();
    const first = await startProbe(
      'export const handler = async ({ file }) => { if (file) throw new Error("down"); };',
      {},
      dir,
    );
    await first.sendEvent({});
    await vi.waitFor(async () => expect(await first.queueLines()).toEqual([]));
    const file = join(dir, 'tries');
    const sent = first.sendEvent({ file }).then(() => first.host.close());
    await sent;
    expect(await first.queueLines()).toHaveLength(1);
    await startProbe(failing(0), {}, dir);
    await vi.waitFor(async () => expect(await readFile(file, 'utf8')).toBe('x'), 5_000);
  });
});
