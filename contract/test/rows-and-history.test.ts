import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
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

describe('a row change', () => {
  it('is read alike from JSON text and from the decoded object', () => {
    expect(v.parse(RowChangeMessageSchema, JSON.stringify(change))).toEqual(change);
    expect(v.parse(RowChangeMessageSchema, change)).toEqual(change);
  });

  it('loses the columns that only a deployer knows', () => {
    expect(v.parse(RowChangeMessageSchema, { ...change, row: { ...change.row, room: 'x' } })).toEqual(change);
  });

  it.each([
    ['broken JSON', '{"table":'],
    ['another table', { ...change, table: 'users' }],
    ['a row without a revision', { ...change, row: { ...change.row, revision: undefined } }],
    ['nothing', undefined],
  ])('is refused when it is %s', (_what, data) => {
    expect(v.is(RowChangeMessageSchema, data)).toBe(false);
  });
});

describe('a history query', () => {
  it('has a default size and starts at the newest', () => {
    expect(v.parse(HistoryQuerySchema, {})).toEqual({ limit: DEFAULT_HISTORY_LIMIT });
  });

  it('takes the cursor that a page gave', () => {
    const before = { createdAt: 1_700_000_000_000, recordId: 42 };
    expect(v.parse(HistoryQuerySchema, { limit: '100', before: formatCursor(before) })).toEqual({
      limit: 100,
      before,
    });
  });

  it.each([
    { limit: '0' },
    { limit: '101' },
    { limit: '1e1' },
    { limit: '' },
    { before: '1' },
    { before: '1,2,3' },
    { before: '1;2' },
    { after: '1,2' },
  ])('refuses %j', (query) => {
    expect(v.is(HistoryQuerySchema, query)).toBe(false);
  });
});
