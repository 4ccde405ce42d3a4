import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, vi } from 'vitest';

/** By what is asked for: the action, or its path. */
export type Answers = Record<string, [status: number, body: string]>;

export interface AwsEndpoint {
  /** Answers as AWS's API references have it. What is not there is answered by an error of AWS's side. */
  answers: Answers;
  /** What was asked for, in order: JSON, or the fields of a form. */
  readonly asked: { action: string; body: Record<string, unknown> }[];
}

/** AWS's services, all at one address of this machine, for the tests of one file. */
export function useAwsEndpoint(): AwsEndpoint {
  const endpoint: AwsEndpoint = { answers: {}, asked: [] };
  let server: Server;

  beforeEach(async () => {
    endpoint.answers = {};
    endpoint.asked.length = 0;
    server = createServer((request, response) => {
      let text = '';
      request.on('data', (part: Buffer) => (text += part.toString()));
      request.on('end', () => {
        const body = readBody(text);
        const named = request.headers['x-amz-target'] ?? body['Action'] ?? request.url;
        const action = String(named).replace(/\/$/, '');
        endpoint.asked.push({ action, body });
        const [status, answer] = endpoint.answers[action] ?? [500, ''];
        const type = answer.startsWith('<') ? 'text/xml' : 'application/x-amz-json-1.0';
        response.writeHead(status, { 'content-type': type }).end(answer);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    vi.stubEnv('AWS_ENDPOINT_URL', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return endpoint;
}

function readBody(text: string): Record<string, unknown> {
  if (text.startsWith('{')) return JSON.parse(text) as Record<string, unknown>;
  return Object.fromEntries(new URLSearchParams(text));
}
