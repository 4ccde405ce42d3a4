/*
 * Applies the theme that app/api/theme-storage.ts stored, before anything is painted. A file of its
 * own: the content security policy blocks inline scripts, and the page's modules run too late.
 */
/* global document */
try {
  const theme = localStorage.getItem('chat.theme');
  if (theme) document.documentElement.dataset.theme = theme;
} catch {
  // The settings forbid storage: the system decides. The page logs it once it runs.
  document.documentElement.removeAttribute('data-theme');
}
