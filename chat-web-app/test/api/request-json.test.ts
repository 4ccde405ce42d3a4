// @vitest-environment node
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { number, object } from 'valibot';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { requestJson, RequestFailed } from '~/api/request-json';

const Schema = object({ answer: number() });
const answers: Record<string, [status: number, body: string]> = {
  '/good': [200, '{"answer":42}'],
  '/down': [500, 'no database'],
  '/page': [200, '<!doctype html>'],
  '/other': [200, '{"answer":"x","secret":"s3cret"}'],
};
const server = createServer((request, response) => {
  const [status, body] = answers[request.url ?? ''] ?? [404, ''];
  response.writeHead(status).end(body);
});
let origin: string;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

describe('A request to a function of the site', () => {
  test('resolves with the parsed answer', async () => {
    expect(await requestJson(`${origin}/good`, Schema)).toEqual({ answer: 42 });
  });

  test.each([
    ['/down', 'failed with status 500'],
    ['/nowhere', 'failed with status 404'],
    ['/page', 'received no answer'],
  ])('for %s rejects, with method, address and "%s"', async (path, what) => {
    const failure = await requestJson(origin + path, Schema, { method: 'POST' }).catch(
      (error: unknown) => error,
    );
    expect(failure).toBeInstanceOf(RequestFailed);
    expect((failure as RequestFailed).message).toBe(`POST ${origin}${path} ${what}`);
  });

  test('rejects with the status', async () => {
    const request = requestJson(`${origin}/nowhere`, Schema);
    await expect(request).rejects.toMatchObject({ status: 404 });
  });

  test('without a server rejects with the cause', async () => {
    const failure = await requestJson('http://127.0.0.1:1/', Schema).catch((error: unknown) => error);
    expect(failure).toMatchObject({ name: 'RequestFailed', cause: expect.any(Error) });
  });

  test('with an invalid answer rejects with the problem, without quoting the content', async () => {
    await expect(requestJson(`${origin}/other`, Schema)).rejects.toThrow(/is not valid: answer: /);
    await expect(requestJson(`${origin}/other`, Schema)).rejects.not.toThrow(/s3cret/);
  });
});
