import { beforeEach, describe, expect, test, vi } from 'vitest';
import { createThemeStorage } from '~/api/theme-storage';
import { applyStoredTheme } from '~/early-script/theme';

const shown = () => document.documentElement.dataset.theme;

describe('The stored theme', () => {
  beforeEach(() => {
    localStorage.clear();
    delete document.documentElement.dataset.theme;
  });

  test('is applied before the page runs', () => {
    applyStoredTheme();
    expect(shown()).toBeUndefined();
    createThemeStorage().write('light');
    applyStoredTheme();
    expect(shown()).toBe('light');
  });

  test('that follows the system stores nothing', () => {
    const storage = createThemeStorage();
    storage.write('dark');
    expect(storage.read()).toBe('dark');
    storage.write('system');
    expect(localStorage).toHaveLength(0);
    expect(storage.read()).toBe('system');
  });

  test('of another program counts as none', () => {
    localStorage.setItem('chat.theme', 'pink');
    expect(createThemeStorage().read()).toBe('system');
  });

  test('is logged, not thrown, where the settings forbid storage', () => {
    const warned = vi.spyOn(console, 'warn').mockReturnValue();
    const storage = createThemeStorage(() => {
      throw new DOMException('denied', 'SecurityError');
    });
    expect(storage.read()).toBe('system');
    storage.write('dark');
    expect(warned).toHaveBeenCalledTimes(2);
  });
});
