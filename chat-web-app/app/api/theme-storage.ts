/** In the order of the switch. `system` follows the settings of the device. */
export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

/** What this browser remembers about the colours, for all its tabs. */
export interface ThemeStorage {
  read(): Theme;
  write(theme: Theme): void;
}

const KEY = 'chat.theme';

/** The browser's localStorage. Where the person's settings forbid it, a choice ends with the page. */
export function createThemeStorage(storage: () => Storage = () => window.localStorage): ThemeStorage {
  function attempt<Result>(action: string, use: (storage: Storage) => Result): Result | undefined {
    try {
      return use(storage());
    } catch (error) {
      console.warn(`localStorage failed to ${action}: the chosen theme is not remembered.`, error);
      return undefined;
    }
  }
  return {
    read() {
      const stored = attempt('read', (store) => store.getItem(KEY));
      return THEMES.find((theme) => theme === stored) ?? 'system';
    },
    write(theme) {
      attempt('write', (store) => (theme === 'system' ? store.removeItem(KEY) : store.setItem(KEY, theme)));
    },
  };
}
