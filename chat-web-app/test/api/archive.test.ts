import { afterEach, expect, test, vi } from 'vitest';
import { createArchive } from '~/api/archive';

afterEach(() => vi.unstubAllGlobals());

const tab = { read: () => 'credential' };
const answered = (body: unknown) => {
  const fetched = vi.fn(() => Promise.resolve(new Response(JSON.stringify(body))));
  vi.stubGlobal('fetch', fetched);
  return fetched as unknown as ReturnType<typeof vi.fn<typeof fetch>>;
};
const row = {
  username: null,
  msg_id: 'a',
  msg_data: null,
  client_id: null,
  incremental_record_id: 1,
  created_at_timestamp: 1,
  is_edited: null,
  revision: 1,
  edited_at_timestamp: null,
};

test('search sends the words and the identity', async () => {
  const fetched = answered({ matches: [{ row, revision: 1, content: 'a & b' }], next: null });
  const page = await createArchive(tab).search({ q: 'a & b', before: '5,6' });
  expect(page.matches[0]?.content).toBe('a & b');
  const [url, init] = fetched.mock.calls[0] ?? [];
  expect(url).toBe('/.netlify/functions/chat-search?q=a+%26+b&before=5%2C6');
  expect(init?.headers).toEqual({ authorization: 'Bearer credential' });
});

test('a page of the past keeps which messages were deleted', async () => {
  const fetched = answered({ rows: [{ ...row, is_deleted: true }, row], next: '1,1' });
  const page = await createArchive(tab).readPast({ at: 1_000, limit: 50 });
  expect(page.rows.map(({ is_deleted }) => is_deleted)).toEqual([true, false]);
  expect(fetched.mock.calls[0]?.[0]).toBe('/.netlify/functions/chat-history?at=1000&limit=50');
});

test('the timeline of an empty chat has no beginning', async () => {
  answered({ from: null, to: 5, edits: [] });
  expect(await createArchive(tab).readTimeline()).toEqual({ from: null, to: 5, edits: [] });
});
