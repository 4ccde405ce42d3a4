import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, vi } from 'vitest';
import type * as authorization from '../lib/authorize.ts';
import { Unauthorized } from '../lib/errors.ts';
import type { Author } from '../lib/identity.ts';
import { test } from './fixtures.ts';

const FOLDER = join(import.meta.dirname, '../functions');
const FUNCTIONS = readdirSync(FOLDER).map((file) => file.replace(/\.ts$/, ''));
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/** The function that a deployer replaces. */
const authorize = vi.fn<(request: Request) => Promise<Author>>();
vi.mock('../lib/authorize.ts', (): Partial<typeof authorization> => ({
  authorize: (request) => authorize(request),
}));

async function call(name: string, method: string): Promise<Response> {
  const { default: handler } = (await import(join(FOLDER, `${name}.ts`))) as {
    default: (request: Request) => Promise<Response>;
  };
  const body = method === 'POST' ? '{}' : null;
  return handler(new Request(`https://chat.example/.netlify/functions/${name}`, { method, body }));
}

describe.each(FUNCTIONS)('%s, when authorize rejects the request,', (name) => {
  test.for(METHODS)('answers %s without doing anything', async (method) => {
    authorize.mockRejectedValue(new Unauthorized('Log in first.'));
    const fetching = vi.spyOn(globalThis, 'fetch').mockRejectedValue(new Error('fetched'));
    const response = await call(name, method);
    expect([401, 405]).toContain(response.status);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(fetching).not.toHaveBeenCalled();
  });

  test('answers at least one method with 401', async () => {
    authorize.mockRejectedValue(new Unauthorized('Log in first.'));
    const statuses = await Promise.all(METHODS.map(async (method) => (await call(name, method)).status));
    expect(statuses).toContain(401);
  });
});

test('an error of authorize is logged in one line, without characters that disguise it', async ({
  logged,
}) => {
  authorize.mockRejectedValue(new Error('\u202eevil\u2028{"level":"error"}\u001b[2J'));
  expect((await call('ably-auth', 'POST')).status).toBe(500);
  expect(logged).toHaveLength(1);
  expect(logged[0]).toMatch(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]*$/u);
  expect(JSON.parse(logged[0] ?? '')).toMatchObject({ reason: expect.stringContaining('\u202eevil') });
});

describe('a clientId that authorize returns', () => {
  test.for(['*', '', 'a\u0000b', 'x'.repeat(257), '\ud800'])(
    'is rejected when it is %j, with a reason in the log only',
    async (clientId, { logged }) => {
      authorize.mockResolvedValue({ clientId, identity: '' });
      const response = await call('ably-auth', 'POST');
      expect(response.status).toBe(500);
      expect(await response.text()).not.toContain('clientId');
      expect(logged.join()).toContain('authorize() returned the clientId');
    },
  );
});
