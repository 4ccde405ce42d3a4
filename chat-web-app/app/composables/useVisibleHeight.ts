import { onBeforeUnmount, onMounted } from 'vue';

/**
 * Sets the CSS property `--visible-height` to the height above the on-screen keyboard. Only Safari
 * needs it: other browsers shorten the page (`interactive-widget=resizes-content`).
 */
export function useVisibleHeight(): void {
  const root = document.documentElement;

  function follow(): void {
    const view = window.visualViewport;
    if (!view) return;
    // When the person has zoomed in, the visible part is small on purpose.
    const isCovered = view.scale < 1.01 && window.innerHeight - view.height > 1;
    if (isCovered) root.style.setProperty('--visible-height', `${view.height}px`);
    else root.style.removeProperty('--visible-height');
    // Safari also scrolls the page up to show the field, which is visible already.
    if (isCovered) window.scrollTo(0, 0);
  }
  onMounted(() => window.visualViewport?.addEventListener('resize', follow));
  onBeforeUnmount(() => {
    window.visualViewport?.removeEventListener('resize', follow);
    root.style.removeProperty('--visible-height');
  });
}
