import tailwindcss from '@tailwindcss/vite';
import { fileURLToPath } from 'node:url';
import { strings } from './app/strings';

/** Where `nuxt dev` finds the serverless functions. The built site needs none: there they are on its own origin. */
const functionsOrigin = process.env.FUNCTIONS_ORIGIN ?? 'http://127.0.0.1:3000';

export default defineNuxtConfig({
  compatibilityDate: '2026-11-01',
  ssr: false,
  // There is one page: app.vue shows it, and the router (11 kB) stays at home.
  pages: false,
  // Said outright: where this folder is missing, as in a fresh clone, Nuxt would build in node_modules/.cache instead, and
  // tsconfig.json refers to this one.
  buildDir: '.nuxt',
  telemetry: false,
  devtools: { enabled: false },
  modules: ['./modules/external-scripts'],

  // Imports are written out: what a file needs is visible in it, and tests need no framework to load it.
  imports: { autoImport: false },
  components: false,

  app: {
    head: {
      title: strings.title,
      htmlAttrs: { lang: 'en' },
      // `resizes-content`: a phone's keyboard makes the page shorter and does not cover the composer.
      viewport: 'width=device-width, initial-scale=1, viewport-fit=cover, interactive-widget=resizes-content',
      meta: [
        { name: 'description', content: strings.description },
        { name: 'theme-color', content: '#040f18' },
        { name: 'color-scheme', content: 'dark' },
      ],
      link: [{ rel: 'icon', type: 'image/svg+xml', href: '/favicon.svg' }],
      noscript: [{ innerHTML: strings.needsJavaScript, tagPosition: 'bodyOpen' }],
    },
  },
  css: ['~/assets/main.css'],
  spaLoadingTemplate: false,

  experimental: {
    // An import map can only be an inline script, which a strict Content-Security-Policy refuses.
    entryImportMap: false,
    appManifest: false,
    checkOutdatedBuildInterval: false,
    payloadExtraction: false,
  },

  nitro: {
    // Without it Netlify makes Nitro choose a preset that answers every unknown path with 404.html.
    preset: 'static',
    devProxy: {
      '/.netlify/functions': { target: `${functionsOrigin}/.netlify/functions`, changeOrigin: true },
    },
  },

  vite: { plugins: [tailwindcss()] },
  alias: { '~': fileURLToPath(new URL('./app', import.meta.url)) },
  typescript: {
    strict: true,
    tsConfig: {
      compilerOptions: { noUnusedLocals: true, noUnusedParameters: true },
      include: ['../test/**/*'],
      exclude: ['../test/build'],
    },
    nodeTsConfig: { include: ['../test/build/**/*', '../vitest.config.ts'] },
  },
});
