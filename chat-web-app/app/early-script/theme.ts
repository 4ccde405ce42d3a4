import { createThemeStorage } from '../api/theme-storage';

/** Before anything is painted, so that a reload does not flash in the colours of the system. */
export function applyStoredTheme(): void {
  const theme = createThemeStorage().read();
  if (theme !== 'system') document.documentElement.dataset.theme = theme;
}
