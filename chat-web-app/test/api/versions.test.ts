import { describe, expect, test, vi } from 'vitest';
import { readVersions } from '~/api/versions';

const tab = { read: () => 'a signed identity' };
const answerWith = (body: string, status: number) =>
  vi.spyOn(globalThis, 'fetch').mockResolvedValue(new Response(body, { status }));

describe('readVersions', () => {
  test('asks for the versions of one message', async () => {
    const version = { revision: 1, content: 'hi', at: 1, source: 'chat' };
    const fetched = answerWith(JSON.stringify({ versions: [version], complete: true }), 200);
    expect(await readVersions(tab, 'a b')).toEqual({ versions: [version], complete: true });
    expect(fetched.mock.lastCall?.[0]).toBe('/.netlify/functions/message-versions?id=a+b');
  });

  test('returns null for a message that does not exist, and reports other failures', async () => {
    answerWith('there is no message', 404);
    expect(await readVersions(tab, 'gone')).toBeNull();
    answerWith('no database', 503);
    await expect(readVersions(tab, 'any')).rejects.toThrow('failed with status 503');
  });
});
