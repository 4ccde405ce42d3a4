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

describe('A request to a function of our own', () => {
  test('gives the parsed answer', async () => {
    expect(await requestJson(`${origin}/good`, Schema)).toEqual({ answer: 42 });
  });

  test.each([
    ['/down', 'was answered with status 500'],
    ['/nowhere', 'was answered with status 404'],
    ['/page', 'got no answer'],
  ])('that goes wrong (%s) says what was asked and what came: "%s"', async (path, what) => {
    const failure = await requestJson(origin + path, Schema, { method: 'POST' }).catch(
      (error: unknown) => error,
    );
    expect(failure).toBeInstanceOf(RequestFailed);
    expect((failure as RequestFailed).message).toBe(`POST ${origin}${path} ${what}`);
  });

  test('without a server keeps the cause', async () => {
    const failure = await requestJson('http://127.0.0.1:1/', Schema).catch((error: unknown) => error);
    expect(failure).toMatchObject({ name: 'RequestFailed', cause: expect.any(Error) });
  });

  test('whose answer is not what it should be names the fault and not the content', async () => {
    await expect(requestJson(`${origin}/other`, Schema)).rejects.toThrow(/is not valid: answer: /);
    await expect(requestJson(`${origin}/other`, Schema)).rejects.not.toThrow(/s3cret/);
  });
});
