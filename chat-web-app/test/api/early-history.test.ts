import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { requestEarly } from '~/api/early-history';
import { createHistoryReader } from '~/api/history';

const URL_OF_NEWEST = '/.netlify/functions/chat-history?limit=50';
const sent = vi.fn<typeof fetch>(() => Promise.resolve(Response.json({ rows: [], next: 'early' })));
const stored = new Map<string, string>();
const tab = { read: (key: string) => stored.get(key) };

function readerAfterEarly() {
  const read = createHistoryReader(tab, requestEarly(URL_OF_NEWEST, tab));
  sent.mockImplementation(() => Promise.resolve(Response.json({ rows: [], next: 'later' })));
  return read;
}

beforeEach(() => {
  stored.clear();
  stored.set('identity', 'signed.by.server');
  sent.mockReset().mockImplementation(() => Promise.resolve(Response.json({ rows: [], next: 'early' })));
  vi.stubGlobal('fetch', sent);
});
afterEach(() => void vi.unstubAllGlobals());

describe('The early request for the newest messages', () => {
  test('has the identity of the tab, and answers the first read', async () => {
    const read = readerAfterEarly();
    expect(new Headers(sent.mock.lastCall?.[1]?.headers).get('authorization')).toBe(
      'Bearer signed.by.server',
    );
    expect((await read({ limit: 50 })).next).toBe('early');
    expect(sent).toHaveBeenCalledTimes(1);
  });

  test('answers no second read', async () => {
    const read = readerAfterEarly();
    await read({ limit: 50 });
    expect((await read({ limit: 50 })).next).toBe('later');
  });

  test('does not answer a read of other messages', async () => {
    expect((await readerAfterEarly()({ limit: 50, before: '1,2' })).next).toBe('later');
  });

  test('does not answer the person that the tab has become meanwhile', async () => {
    const read = readerAfterEarly();
    stored.delete('identity');
    expect((await read({ limit: 50 })).next).toBe('later');
  });

  test('does not answer long after it was sent', async () => {
    const read = readerAfterEarly();
    vi.spyOn(performance, 'now').mockReturnValue(15_001);
    expect((await read({ limit: 50 })).next).toBe('later');
  });

  test('that failed is sent again', async () => {
    const warned = vi.spyOn(console, 'warn').mockReturnValue();
    sent.mockRejectedValueOnce(new TypeError('Failed to fetch'));
    expect((await readerAfterEarly()({ limit: 50 })).next).toBe('later');
    expect(warned).toHaveBeenCalledTimes(1);
  });
});
