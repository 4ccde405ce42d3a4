import type { PastRow } from '@chat/contract';
import { expect, test } from 'vitest';
import { createPastList } from '~/store/past/past-list';
import { aRow } from '../support/a-row';

const row = (id: number, changed: Partial<PastRow> = {}): PastRow => ({
  ...aRow(id),
  is_deleted: false,
  ...changed,
});
const SECRET = { msg_data: 'secret', username: 'Eve', client_id: 'me', is_edited: true, revision: 3 };

test('a list of the past has nothing of messages that were deleted since, but their time', () => {
  const rows = [row(1, { ...SECRET, is_deleted: true }), row(2, SECRET), row(3)];
  const list = createPastList(rows, 'me', (id) => id === 'message-2');
  for (const index of [0, 1]) {
    expect(JSON.stringify(list.at(index))).not.toMatch(/secret|Eve/);
    expect(list.at(index)).toMatchObject({ mine: false, edited: false, isDeleted: true });
  }
  expect(list.at(0)?.at).toBe(1_000);
  expect(list.at(2)).toMatchObject({ text: 'text 3', author: 'Ann', isDeleted: false });
});

test('a list of the past finds messages by id', () => {
  const list = createPastList([row(1), row(2)], null, () => false);
  expect([list.count, list.indexOf('message-2'), list.idAt(1), list.indexOf('x')]).toEqual([
    2,
    1,
    'message-2',
    -1,
  ]);
  expect(list.at(2)).toBeUndefined();
});
