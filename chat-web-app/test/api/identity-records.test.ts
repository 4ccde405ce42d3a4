import { describe, expect, test, vi } from 'vitest';
import { createIdentityRecords } from '~/api/identities/records';

const record = { identity: 'credential', nickname: 'Ann', usedAt: Date.now() };

describe('The records of identities', () => {
  test.for(['no JSON', '{}', '{"identity":1,"nickname":"Ann","usedAt":1}'])(
    'drop text that they cannot parse: %s',
    (text) => {
      window.localStorage.setItem('chat.identity.broken', text);
      const records = createIdentityRecords();
      expect(records.list()).toEqual([]);
      expect(window.localStorage.getItem('chat.identity.broken')).toBeNull();
    },
  );

  test('leave what does not belong to the chat', () => {
    window.localStorage.setItem('other', 'kept');
    const records = createIdentityRecords();
    records.write('owner', record);
    expect(records.list()).toEqual([['owner', record]]);
    records.remove('owner');
    expect(window.localStorage.getItem('other')).toBe('kept');
  });

  test('log a warning and keep nothing where the browser forbids it', () => {
    const warn = vi.spyOn(console, 'warn').mockReturnValue();
    const records = createIdentityRecords(() => {
      throw new DOMException('denied', 'SecurityError');
    });
    expect(records.write('owner', record)).toBe(false);
    expect(records.read('owner')).toBeUndefined();
    expect(records.list()).toEqual([]);
    expect(warn).toHaveBeenCalledTimes(3);
  });
});
