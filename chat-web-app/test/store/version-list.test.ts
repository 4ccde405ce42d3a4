import type { MessageVersion } from '@chat/contract';
import { expect, test } from 'vitest';
import { hasGap, withCurrent } from '~/store/versions/version-list';
import { aRow } from '../support/a-row';

const version = (revision: number): MessageVersion => ({
  revision,
  content: `text ${revision}`,
  at: revision,
  source: 'chat',
});

test('the versions of a message end with a row that is newer than the answer', () => {
  const row = aRow(1, { revision: 3, msg_data: 'now', changed_at_timestamp: 9, source: 'database' });
  expect(withCurrent([version(1), version(2)], row)).toEqual([
    version(1),
    version(2),
    { revision: 3, content: 'now', at: 9, source: 'database' },
  ]);
});

test('the versions of a message do not repeat a row that the answer contains, or an older one', () => {
  expect(withCurrent([version(1), version(2)], aRow(1, { revision: 2 }))).toEqual([version(1), version(2)]);
  expect(withCurrent([version(2)], aRow(1))).toEqual([version(2)]);
  expect(withCurrent([version(2)], undefined)).toEqual([version(2)]);
});

test('the versions of a message are cut where a text is longer than a message can be', () => {
  const [huge] = withCurrent([{ ...version(1), content: 'x'.repeat(1_000_000) }], undefined);
  expect(huge?.content?.length).toBeLessThan(10_000);
});

test('the versions of a message have a gap when a row is more than one revision ahead', () => {
  expect(hasGap([version(1)], aRow(1, { revision: 2 }))).toBe(false);
  expect(hasGap([version(1)], aRow(1, { revision: 3 }))).toBe(true);
  expect(hasGap([version(1)], undefined)).toBe(false);
});
