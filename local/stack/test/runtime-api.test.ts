import { request as httpRequest, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { describe, expect, test as base } from 'vitest';
import { openRuntimeApi } from '../src/lambda/runtime-api.ts';

const EVENT = { id: 'event-1', functionArn: 'arn', payload: '{"secret":"s3cret"}', timeoutMs: 1_000 };
const NEXT = '/2018-06-01/runtime/invocation/next';

const test = base.extend('api', async ({}, { onCleanup }) => {
  const api = await openRuntimeApi(() => undefined);
  onCleanup(() => api.close());
  return api;
});

/** The address as the process of the function uses it. */
const urlOf = ({ address }: { address: string }, path = NEXT) => `http://${address}${path}`;

async function statusOf(url: string, headers: Record<string, string>): Promise<number | undefined> {
  const request = httpRequest(url, { headers }).end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return response.resume().statusCode;
}

describe('the Runtime API', () => {
  test('gives an event to the process that knows its path, and takes the answer', async ({ api }) => {
    const { answer } = api.send(EVENT);
    const event = await fetch(urlOf(api));
    expect(await event.json()).toEqual({ secret: 's3cret' });
    const path = `/2018-06-01/runtime/invocation/${event.headers.get('lambda-runtime-aws-request-id')}/response`;
    expect((await fetch(urlOf(api, path), { method: 'POST', body: '"done"' })).status).toBe(202);
    expect(await answer).toEqual({ ok: true, payload: '"done"' });
  });

  test.for(['', '/', '/wrong', `/${'A'.repeat(32)}`, '/%2e%2e', '/../..'])(
    'answers 403 below the path %j, and keeps the event',
    async (path, { api }) => {
      api.send(EVENT);
      const origin = new URL(urlOf(api)).origin;
      expect(await statusOf(`${origin}${path}${NEXT}`, {})).toBe(403);
      const forged = `${origin}${path}/2018-06-01/runtime/invocation/event-1/response`;
      expect((await fetch(forged, { method: 'POST', body: '"forged"' })).status).toBe(403);
      expect(await (await fetch(urlOf(api))).json()).toEqual({ secret: 's3cret' });
    },
  );

  test.for<Record<string, string>>([
    { host: 'evil.example' },
    { origin: 'http://127.0.0.1' },
    { 'sec-fetch-site': 'cross-site' },
  ])('answers 403 to a web page that has learnt the path: %j', async (headers, { api }) => {
    api.send(EVENT);
    expect(await statusOf(urlOf(api), headers)).toBe(403);
  });

  test('rejects a second request for the next event, and answers the first', async ({ api }) => {
    const first = fetch(urlOf(api));
    // The second one is rejected as soon as the first has arrived, in whichever order they do.
    const second = fetch(urlOf(api));
    const early = await Promise.race([first, second]);
    expect(early.status).toBe(409);
    api.send(EVENT);
    const answers = await Promise.all([first, second]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
  });

  test('has another path for each process', async ({ api }) => {
    const other = await openRuntimeApi(() => undefined);
    const pathOf = ({ address }: { address: string }) => address.replace(/^[^/]*/, '');
    expect(pathOf(api)).toMatch(/^\/[\w-]{32}$/);
    expect(pathOf(other)).not.toBe(pathOf(api));
    await other.close();
  });
});
