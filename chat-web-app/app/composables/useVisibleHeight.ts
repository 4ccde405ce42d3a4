import { onBeforeUnmount, onMounted } from 'vue';

/**
 * The height that the on-screen keyboard leaves, as `--visible-height` for main.css. Where the keyboard makes the page
 * itself shorter (`interactive-widget=resizes-content`) there is nothing to do; Safari lays it over the page instead.
 */
export function useVisibleHeight(): void {
  const root = document.documentElement;

  function follow(): void {
    const view = window.visualViewport;
    if (!view) return;
    // Zoomed in, the visible part is small because the person wants it so.
    const isCovered = view.scale < 1.01 && window.innerHeight - view.height > 1;
    if (isCovered) root.style.setProperty('--visible-height', `${view.height}px`);
    else root.style.removeProperty('--visible-height');
    // Safari also pushes the page up to show the field, which is in sight already.
    if (isCovered) window.scrollTo(0, 0);
  }
  onMounted(() => window.visualViewport?.addEventListener('resize', follow));
  onBeforeUnmount(() => {
    window.visualViewport?.removeEventListener('resize', follow);
    root.style.removeProperty('--visible-height');
  });
}
