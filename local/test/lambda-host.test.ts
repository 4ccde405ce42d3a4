import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { startLambdaHost } from '../src/lambda/host.ts';
import type { FunctionDefinition } from '../src/lambda/types.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** A host with one function, `probe`, whose bundle is `source`. */
async function hostWith(source: string, options: Partial<FunctionDefinition> = {}, folder?: string) {
  const dir = folder ?? (await temporaryFolder());
  const bundle = join(dir, 'index.mjs');
  await writeFile(bundle, source);
  const lines: string[] = [];
  const host = await startLambdaHost({
    functions: [{ name: 'probe', bundle, env: {}, ...options }],
    eventQueue: join(dir, 'queue'),
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
    lines,
    invoke,
    sendEvent: (p: unknown) => invoke(p, { 'x-amz-invocation-type': 'Event' }),
  };
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

describe('a function', () => {
  test('gets the event and a context, and its result comes back', async () => {
    const { invoke } = await hostWith(
      `export const handler = async (event, context) => ({ event, id: context.awsRequestId, name: context.functionName,
         left: context.getRemainingTimeInMillis(), region: process.env.AWS_REGION, secret: process.env.SECRET });`,
      { env: { SECRET: 'given' }, timeoutSeconds: 20 },
    );
    const response = await invoke({ hello: 'world' });
    expect(response.status).toBe(200);
    const result = (await response.json()) as Record<string, unknown>;
    expect(result).toMatchObject({
      event: { hello: 'world' },
      name: 'probe',
      region: 'local',
      secret: 'given',
    });
    expect(result['id']).toMatch(/^[0-9a-f-]{36}$/);
    expect(result['left']).toBeGreaterThan(15_000);
    expect(result['left']).toBeLessThanOrEqual(20_000);
  });

  test('sees nothing of the environment of its host', async () => {
    vi.stubEnv('ONLY_FOR_THE_HOST', 'secret');
    onTestFinished(() => void vi.unstubAllEnvs());
    const { invoke } = await hostWith('export const handler = async () => Object.keys(process.env);');
    expect(await (await invoke({})).json()).not.toContain('ONLY_FOR_THE_HOST');
  });

  test('keeps its process and module scope for the next event, also after an error', async () => {
    const { invoke } = await hostWith(
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

  test('is killed when its time is up, and the next event gets a new process', async () => {
    const { invoke } = await hostWith(
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

  test('that crashes is reported, and replaced', async () => {
    const { invoke } = await hostWith(
      `export const handler = async ({ code }) => { if (code) process.exit(code); return 'fine'; };`,
    );
    const crashed = (await (await invoke({ code: 7 })).json()) as { errorType: string; errorMessage: string };
    expect(crashed.errorType).toBe('Runtime.ExitError');
    expect(crashed.errorMessage).toContain('exit status 7');
    expect(await (await invoke({})).json()).toBe('fine');
  });

  test('that cannot load tells why at each invocation', async () => {
    const { invoke } = await hostWith(`throw new SyntaxError('half a bundle');`);
    for (let i = 0; i < 2; i += 1) {
      const response = await invoke({});
      expect(response.headers.get('x-amz-function-error')).toBe('Unhandled');
      expect(await response.json()).toMatchObject({
        errorType: 'SyntaxError',
        errorMessage: 'half a bundle',
      });
    }
  });

  test('has its output in the log, with its name', async () => {
    const { invoke, lines } = await hostWith(
      `export const handler = async () => { console.log('I was here'); };`,
    );
    await invoke({});
    await vi.waitFor(() => expect(lines).toContain('lambda probe: I was here'));
  });

  test('runs one event at a time in each of at most `concurrency` processes', async () => {
    const { invoke, host } = await hostWith(
      `let busy = 0;
       export const handler = async () => {
         busy += 1;
         await new Promise((done) => setTimeout(done, 50));
         return { pid: process.pid, overlapped: busy-- > 1 };
       };`,
      { concurrency: 3 },
    );
    const answers = await Promise.all(
      Array.from(
        { length: 9 },
        async () => (await (await invoke({})).json()) as { pid: number; overlapped: boolean },
      ),
    );
    expect(answers.some(({ overlapped }) => overlapped)).toBe(false);
    expect(new Set(answers.map(({ pid }) => pid)).size).toBe(3);
    expect(host.pids('probe')).toHaveLength(3);
  });

  test('leaves no process behind when the host closes', async () => {
    const { invoke, host } = await hostWith('export const handler = async () => process.pid;');
    const pid = (await (await invoke({})).json()) as number;
    await host.close();
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });
});

describe('an event', () => {
  const failing = (times: number) => `
    import { appendFileSync, readFileSync } from 'node:fs';
    export const handler = async ({ file }) => {
      appendFileSync(file, 'x');
      if (readFileSync(file, 'utf8').length <= ${times}) throw new Error('not yet');
    };`;

  test('is accepted at once and tried again until it succeeds', async () => {
    const { sendEvent, dir } = await hostWith(failing(2));
    const file = join(dir, 'tries');
    expect((await sendEvent({ file })).status).toBe(202);
    await vi.waitFor(async () => expect(await readFile(file, 'utf8')).toBe('xxx'), 5_000);
    await vi.waitFor(async () => expect(await readdir(join(dir, 'queue'))).toEqual([]));
    expect(await deadLetters(dir)).toEqual([]);
  });

  test('becomes a dead letter with its reason after the third failure', async () => {
    const { sendEvent, dir } = await hostWith(failing(99));
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
    await vi.waitFor(async () => expect(await readdir(join(dir, 'queue'))).toEqual([]));
  });

  test('that was accepted survives the end of the host', async () => {
    const dir = await temporaryFolder();
    const first = await hostWith('export const handler = async () => { throw new Error("down"); };', {}, dir);
    const file = join(dir, 'tries');
    const sent = first.sendEvent({ file }).then(() => first.host.close());
    await sent;
    expect(await readdir(join(dir, 'queue'))).toHaveLength(1);
    await hostWith(failing(0), {}, dir);
    await vi.waitFor(async () => expect(await readFile(file, 'utf8')).toBe('x'), 5_000);
  });
});

describe('the Invoke API', () => {
  const echo = 'export const handler = async (event) => event;';

  test('answers a dry run without running anything', async () => {
    const { invoke, host } = await hostWith(echo);
    expect((await invoke({}, { 'x-amz-invocation-type': 'DryRun' })).status).toBe(204);
    expect(host.pids('probe')).toEqual([]);
  });

  test.each([
    [
      'an unknown function',
      '/2015-03-31/functions/nobody/invocations',
      {},
      '{}',
      404,
      'ResourceNotFoundException',
    ],
    ['no JSON', '/2015-03-31/functions/probe/invocations', {}, '{', 400, 'InvalidRequestContentException'],
    [
      'an unknown type',
      '/2015-03-31/functions/probe/invocations',
      { 'x-amz-invocation-type': 'Maybe' },
      '{}',
      400,
      'InvalidParameterValueException',
    ],
    [
      'an event that is too large',
      '/2015-03-31/functions/probe/invocations',
      { 'x-amz-invocation-type': 'Event' },
      JSON.stringify('x'.repeat(1_048_577)),
      413,
      'RequestTooLargeException',
    ],
    [
      'a page in a browser',
      '/2015-03-31/functions/probe/invocations',
      { origin: 'https://elsewhere.example' },
      '{}',
      403,
      'AccessDeniedException',
    ],
  ])('refuses %s', async (_what, path, headers, body, status, type) => {
    const { host } = await hostWith(echo);
    const response = await fetch(`${host.url}${path}`, {
      method: 'POST',
      headers: headers as HeadersInit,
      body,
    });
    expect(response.status).toBe(status);
    expect(response.headers.get('x-amzn-errortype')).toBe(type);
  });
});

describe('a function URL', () => {
  test('turns the request into an HTTP event and the result into a response', async () => {
    const { host } = await hostWith(
      `export const handler = async (event) => ({ statusCode: 418, headers: { 'x-kind': 'teapot' }, cookies: ['a=b'],
         body: JSON.stringify([event.version, event.rawPath, event.queryStringParameters, event.requestContext.http.method,
           event.headers['x-history-secret'], event.body]) });`,
    );
    const response = await fetch(`${host.url}/url/probe/pages?limit=3&tag=a&tag=b`, {
      method: 'POST',
      headers: { 'x-history-secret': 's', 'content-type': 'text/plain' },
      body: 'words',
    });
    expect(response.status).toBe(418);
    expect(response.headers.get('x-kind')).toBe('teapot');
    expect(response.headers.get('set-cookie')).toBe('a=b');
    const expected = ['2.0', '/pages', { limit: '3', tag: 'a,b' }, 'POST', 's', 'words'];
    expect(await response.json()).toEqual(expected);
  });

  test('hides what went wrong', async () => {
    const { host } = await hostWith(
      'export const handler = async () => { throw new Error("password 123"); };',
    );
    const response = await fetch(`${host.url}/url/probe`);
    expect(response.status).toBe(502);
    expect(await response.text()).toBe('{"message":"Internal Server Error"}');
  });
});
