import { test as base, vi } from 'vitest';
import { startAwsServer } from './aws-server.ts';

/** All AWS services at one local address. */
interface AwsEndpoint {
  /** Responses by action or path. A request without one fails with status 500. */
  responses: Record<string, readonly [status: number, body: string]>;
  /** Replaces `responses` where a response depends on the request. */
  answer?: (body: Record<string, unknown>) => readonly [status: number, body: string];
  /** Requests in order; the body is JSON, or the fields of a form. */
  readonly requests: { action: string; body: Record<string, unknown> }[];
}

/** `endpoint`: the server that the AWS SDK connects to during the test. */
export const test = base
  .extend('region', 'eu-central-1')
  .extend('endpoint', async ({ region }, { onCleanup }) => {
    const endpoint: AwsEndpoint = { responses: {}, requests: [] };
    const server = await startAwsServer((request, text) => {
      const body = readBody(text);
      const name = request.headers['x-amz-target'] ?? body['Action'] ?? request.url;
      const action = String(name).replace(/\/$/, '');
      endpoint.requests.push({ action, body });
      return endpoint.answer?.(body) ?? endpoint.responses[action] ?? [500, ''];
    });
    vi.stubEnv('AWS_ENDPOINT_URL', server.url);
    vi.stubEnv('AWS_REGION', region);
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
    onCleanup(async () => {
      vi.unstubAllEnvs();
      await server.close();
    });
    return endpoint;
  });

function readBody(text: string): Record<string, unknown> {
  if (text.startsWith('{')) return JSON.parse(text) as Record<string, unknown>;
  return Object.fromEntries(new URLSearchParams(text));
}
