import { defineNuxtModule } from 'nuxt/kit';
import { strings } from '../app/strings';

/** Where Vue mounts the page, which replaces the content. */
const EMPTY_PAGE = '<div id="__nuxt"></div>';

/** No text of strings.ts comes from outside, but one may contain `<` or `&` one day. */
const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

/** The page as it is before its first messages: header, empty columns and one line. */
const HEADER = `<div class="page">
<header class="page-header"><div class="min-w-0">
<h1 class="page-title">${escaped(strings.header.heading)}</h1>
<p class="page-promise">${escaped(strings.header.promise)}</p>
</div></header>
<div class="page-rail hidden medium:block"></div>
<div class="page-presence hidden wide:block"></div>
<main class="page-chat static-chat" aria-busy="true"><p>${escaped(strings.chat.loading)}</p></main>
<div class="page-details hidden wide:block"></div>
</div>`;

/**
 * Puts the header into the static page, which is empty otherwise: on a slow network it can be read
 * long before the scripts have arrived.
 */
export default defineNuxtModule({
  meta: { name: 'static-header' },
  setup(_options, nuxt) {
    nuxt.hook('nitro:init', (nitro) => {
      nitro.hooks.hook('prerender:generate', (route) => {
        route.contents = route.contents?.replace(EMPTY_PAGE, () => `<div id="__nuxt">${HEADER}</div>`);
      });
    });
  },
});
