import { afterEach, describe, expect, test, vi } from 'vitest';
import { createHistoryReader } from '~/api/history';

const answered = vi.fn((_url: string, _init: RequestInit) =>
  Promise.resolve(Response.json({ rows: [], next: null })),
);
const lastCall = () => answered.mock.lastCall ?? ['', {}];

afterEach(() => {
  vi.unstubAllGlobals();
  answered.mockClear();
});

describe('The history reader', () => {
  test('sends the identity that the tab has at that time', async () => {
    vi.stubGlobal('fetch', answered);
    const stored = new Map<string, string>();
    const read = createHistoryReader({ read: (key) => stored.get(key) });
    await read({ limit: 5 });
    expect(new Headers(lastCall()[1].headers).has('authorization')).toBe(false);
    stored.set('identity', 'signed.by.server');
    await read({ limit: 5, before: '1,2' });
    const [url, init] = lastCall();
    expect(url).toBe('/.netlify/functions/chat-history?limit=5&before=1%2C2');
    expect(new Headers(init.headers).get('authorization')).toBe('Bearer signed.by.server');
  });
});
