import { describe, expect, test, vi } from 'vitest';
import { createTabStorage } from '~/api/tab-storage';

describe('What a tab keeps', () => {
  test('is there after a reload', () => {
    createTabStorage().write('nickname', 'Ann');
    expect(createTabStorage().read('nickname')).toBe('Ann');
    expect(createTabStorage().read('identity')).toBeUndefined();
  });

  test('is given up, with a word on the console, where the browser forbids it', () => {
    const warned = vi.spyOn(console, 'warn').mockReturnValue();
    const forbidden = createTabStorage(() => {
      throw new DOMException('denied', 'SecurityError');
    });
    forbidden.write('nickname', 'Ann');
    expect(forbidden.read('nickname')).toBeUndefined();
    expect(warned).toHaveBeenCalledTimes(2);
  });
});
