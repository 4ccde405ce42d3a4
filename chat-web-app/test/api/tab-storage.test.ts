import { describe, expect, test, vi } from 'vitest';
import { createTabStorage } from '~/api/tab-storage';

describe('Tab storage', () => {
  test('returns a stored value after a reload', () => {
    createTabStorage().write('nickname', 'Ann');
    expect(createTabStorage().read('nickname')).toBe('Ann');
    expect(createTabStorage().read('identity')).toBeUndefined();
  });

  test('clears what belongs to the chat', () => {
    const storage = createTabStorage();
    storage.write('drafts', 'half a');
    window.sessionStorage.setItem('other', 'kept');
    storage.clear();
    expect(storage.read('drafts')).toBeUndefined();
    expect(window.sessionStorage.getItem('other')).toBe('kept');
  });

  test('logs a warning and stores nothing where the browser forbids it', () => {
    const warn = vi.spyOn(console, 'warn').mockReturnValue();
    const forbidden = createTabStorage(() => {
      throw new DOMException('denied', 'SecurityError');
    });
    forbidden.write('nickname', 'Ann');
    expect(forbidden.read('nickname')).toBeUndefined();
    expect(warn).toHaveBeenCalledTimes(2);
  });
});
