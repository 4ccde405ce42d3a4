import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import {
  DEFAULT_HISTORY_LIMIT,
  HistoryQuerySchema,
  RowChangeMessageSchema,
  formatCursor,
  type RowChange,
} from '../src/index.ts';

const change: RowChange = {
  table: 'chat_data',
  type: 'UPDATE',
  row: {
    username: 'Ada',
    msg_id: 'm1',
    msg_data: 'Hello',
    client_id: 'c1',
    incremental_record_id: 7,
    created_at_timestamp: 1_700_000_000_000,
    is_edited: true,
    revision: 2,
    edited_at_timestamp: 1_700_000_000_500,
  },
};

describe('row change message', () => {
  test('has the same meaning as JSON text and as decoded object', () => {
    expect(v.parse(RowChangeMessageSchema, JSON.stringify(change))).toEqual(change);
    expect(v.parse(RowChangeMessageSchema, change)).toEqual(change);
  });

  test('drops columns that a deployer has added', () => {
    expect(v.parse(RowChangeMessageSchema, { ...change, row: { ...change.row, room: 'x' } })).toEqual(change);
  });

  test('keeps times and record ids that a number cannot represent', () => {
    const text = JSON.stringify(change)
      .replace('1700000000000,', '-9223372036854775808,')
      .replace('"incremental_record_id":7', '"incremental_record_id":9007199254740993');
    const { row } = v.parse(RowChangeMessageSchema, text);
    expect(row).toMatchObject({
      created_at_timestamp: -(2n ** 63n),
      incremental_record_id: 2n ** 53n + 1n,
      edited_at_timestamp: 1_700_000_000_500,
    });
  });

  test.each([
    ['broken JSON', '{"table":'],
    ['another table', { ...change, table: 'users' }],
    ['a row without a revision', { ...change, row: { ...change.row, revision: undefined } }],
    ['nothing', undefined],
  ])('is rejected when it is %s', (_what, data) => {
    expect(v.is(RowChangeMessageSchema, data)).toBe(false);
  });
});

describe('history query', () => {
  test('has a default limit, and starts at the newest row', () => {
    expect(v.parse(HistoryQuerySchema, {})).toEqual({ limit: DEFAULT_HISTORY_LIMIT });
  });

  test('accepts the cursor of a page', () => {
    const before = { createdAt: '1700000000000', recordId: '42' };
    expect(v.parse(HistoryQuerySchema, { limit: '100', before: formatCursor(before) })).toEqual({
      limit: 100,
      before,
    });
  });

  test.each([
    { limit: '0' },
    { limit: '101' },
    { limit: '1e1' },
    { limit: '' },
    { before: '1' },
    { before: '1,2,3' },
    { before: '1;2' },
    { before: '9223372036854775808,1' },
    { before: '1,-9223372036854775809' },
    { after: '1,2' },
  ])('rejects %j', (query) => {
    expect(v.is(HistoryQuerySchema, query)).toBe(false);
  });
});
