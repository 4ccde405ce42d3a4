import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { startProbe } from './support.ts';

describe('the Invoke API of the Lambda host', () => {
  const echo = 'export const handler = async (event) => event;';

  test('answers a dry run without running anything', async () => {
    const { invoke, host } = await startProbe(echo);
    expect((await invoke({}, { 'x-amz-invocation-type': 'DryRun' })).status).toBe(204);
    expect(host.pids('probe')).toEqual([]);
  });

  test.each([
    [
      'an unknown function',
      '/2015-03-31/functions/unknown/invocations',
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
      null,
    ],
  ])('rejects %s', async (_what, path, headers, body, status, type) => {
    const { host } = await startProbe(echo);
    const response = await fetch(`${host.url}${path}`, {
      method: 'POST',
      headers: headers as HeadersInit,
      body,
    });
    expect(response.status).toBe(status);
    expect(response.headers.get('x-amzn-errortype')).toBe(type);
  });
});

describe('AWS’s own Lambda client', () => {
  const source = `import { existsSync } from 'node:fs';
    export const handler = async (event) => {
      while (event.until && !existsSync(event.until)) await new Promise((done) => setTimeout(done, 5));
      if (event.fail) throw new RangeError('no');
      return { event };
    };`;
  function clientOf(host: { url: string }) {
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
    const client = new LambdaClient({ endpoint: host.url, region: 'local', credentials, maxAttempts: 1 });
    onTestFinished(() => client.destroy());
    return (
      payload: object,
      InvocationType: 'RequestResponse' | 'Event' = 'RequestResponse',
      name = 'probe',
    ) =>
      client.send(
        new InvokeCommand({ FunctionName: name, InvocationType, Payload: JSON.stringify(payload) }),
      );
  }

  test('invokes a function by name or ARN, and reads its result, its error and a rejection', async () => {
    const { host } = await startProbe(source);
    const invoke = clientOf(host);
    for (const name of ['probe', 'arn:aws:lambda:local:000000000000:function:probe', 'probe:$LATEST']) {
      const { StatusCode, ExecutedVersion, FunctionError, Payload } = await invoke({ a: 1 }, undefined, name);
      expect({ StatusCode, ExecutedVersion, FunctionError }).toEqual({
        StatusCode: 200,
        ExecutedVersion: '$LATEST',
        FunctionError: undefined,
      });
      expect(JSON.parse(Payload?.transformToString() ?? '')).toEqual({ event: { a: 1 } });
    }
    const failed = await invoke({ fail: true });
    expect(failed.FunctionError).toBe('Unhandled');
    expect(JSON.parse(failed.Payload?.transformToString() ?? '')).toMatchObject({ errorType: 'RangeError' });
    expect((await invoke({}, 'Event')).StatusCode).toBe(202);
    await expect(invoke({}, undefined, 'unknown')).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });

  test('is throttled at the concurrency limit, while an event is accepted', async () => {
    const { host, dir, queueLines } = await startProbe(source, { concurrency: 1 });
    const invoke = clientOf(host);
    const go = join(dir, 'go');
    const busy = invoke({ until: go });
    await vi.waitFor(() => expect(host.pids('probe')).toHaveLength(1));
    await expect(invoke({})).rejects.toMatchObject({
      name: 'TooManyRequestsException',
      Reason: 'ReservedFunctionConcurrentInvocationLimitExceeded',
      $metadata: { httpStatusCode: 429 },
    });
    expect((await invoke({}, 'Event')).StatusCode).toBe(202);
    expect(await queueLines()).toHaveLength(1);
    await writeFile(go, '');
    expect((await busy).StatusCode).toBe(200);
    await vi.waitFor(async () => expect(await queueLines()).toEqual([]));
  });
});

describe('a function URL', () => {
  test('turns the request into an HTTP event and the result into a response', async () => {
    const { host } = await startProbe(
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

  test('hides the function’s error', async () => {
    const { host } = await startProbe(
      'export const handler = async () => { throw new Error("password 123"); };',
    );
    const response = await fetch(`${host.url}/url/probe`);
    expect(response.status).toBe(502);
    expect(await response.text()).toBe('{"message":"Internal Server Error"}');
  });
});
