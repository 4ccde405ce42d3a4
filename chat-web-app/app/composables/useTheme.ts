import { computed, ref, watch } from 'vue';
import { createThemeStorage, THEMES } from '../api/theme-storage';
import type { Theme, ThemeStorage } from '../api/theme-storage';

/** `--color-page-start` in theme.css. */
const BAR_COLOURS = { light: '#f8fafc', dark: '#040f18' } as const;

/** Light, dark or as the system has it: the choice of this browser, and the next one of the switch. */
export function useTheme(storage: ThemeStorage = createThemeStorage()) {
  const theme = ref(storage.read());
  watch(theme, apply, { immediate: true });

  const next = computed(() => THEMES[(THEMES.indexOf(theme.value) + 1) % THEMES.length] ?? 'system');
  function choose(choice: Theme): void {
    theme.value = choice;
    storage.write(choice);
  }
  return { theme, next, choose };
}

function apply(theme: Theme): void {
  const { dataset } = document.documentElement;
  if (theme === 'system') delete dataset.theme;
  else dataset.theme = theme;
  colourBars(theme);
}

/**
 * Colours the browser's own bars. Not with Nuxt's head, which would restore its elements with every
 * change of the title.
 */
function colourBars(theme: Theme): void {
  for (const bar of document.querySelectorAll('meta[name="theme-color"]')) bar.remove();
  for (const scheme of theme === 'system' ? (['light', 'dark'] as const) : [theme]) {
    const bar = document.createElement('meta');
    bar.name = 'theme-color';
    bar.content = BAR_COLOURS[scheme];
    if (theme === 'system') bar.media = `(prefers-color-scheme: ${scheme})`;
    document.head.append(bar);
  }
}
