import { onBeforeUnmount, ref } from 'vue';

/** From here on the details have a column (`--breakpoint-wide` in main.css). */
const WIDE = '(min-width: 63.125rem)';

/** Whether the window has columns for people and details. */
export function useIsWide() {
  const query = window.matchMedia(WIDE);
  const isWide = ref(query.matches);
  const follow = () => (isWide.value = query.matches);
  query.addEventListener('change', follow);
  onBeforeUnmount(() => query.removeEventListener('change', follow));
  return isWide;
}
