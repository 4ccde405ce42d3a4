import tailwindcss from '@tailwindcss/vite';
import { fileURLToPath } from 'node:url';
import { strings } from './app/strings';

/** Origin of the functions for `nuxt dev`. The built site reaches them on its own origin. */
const functionsOrigin = process.env.FUNCTIONS_ORIGIN ?? 'http://127.0.0.1:3000';

/**
 * What every visit needs is one file. Otherwise each module that a feature on demand shares with the
 * page would get a file of its own: 2 kB more, and another request each.
 */
const STARTING_FILES = { name: 'page', test: /nuxt\/dist\/app\/entry/ };

export default defineNuxtConfig({
  compatibilityDate: '2026-11-01',
  ssr: false,
  // There is one page, so app.vue renders it without the router (11 kB).
  pages: false,
  // Set explicitly: without this folder (a fresh clone) Nuxt would build in node_modules/.cache, while
  // tsconfig.json refers to this one.
  buildDir: '.nuxt',
  telemetry: false,
  devtools: { enabled: false },
  // In this order: what the later ones read is in the page by then.
  modules: [
    './modules/early-script',
    './modules/static-header',
    './modules/inline-styles',
    './modules/security-policy',
    './modules/service-worker',
  ],

  // Explicit imports: a file shows what it needs, and tests load it without Nuxt.
  imports: { autoImport: false },
  components: false,

  app: {
    head: {
      title: strings.title,
      htmlAttrs: { lang: 'en' },
      // `resizes-content`: a phone's keyboard shortens the page instead of covering the composer.
      viewport: 'width=device-width, initial-scale=1, viewport-fit=cover, interactive-widget=resizes-content',
      meta: [
        { name: 'description', content: strings.description },
        { name: 'color-scheme', content: 'light dark' },
      ],
      link: [{ rel: 'icon', type: 'image/svg+xml', href: '/favicon.svg' }],
      noscript: [{ innerHTML: strings.needsJavaScript, tagPosition: 'bodyOpen' }],
    },
  },
  css: ['~/assets/main.css'],
  spaLoadingTemplate: false,

  experimental: {
    // An import map is for the cache of returning visitors, and must come before every module.
    entryImportMap: false,
    appManifest: false,
    checkOutdatedBuildInterval: false,
    payloadExtraction: false,
  },

  nitro: {
    // On Netlify, Nitro's default preset would answer every unknown path with 404.html.
    preset: 'static',
    // An error in a module of ours fails the build. Otherwise the site would lack that page.
    prerender: { failOnError: true },
    devProxy: {
      '/.netlify/functions': { target: `${functionsOrigin}/.netlify/functions`, changeOrigin: true },
    },
  },

  hooks: {
    // It would write the head anew in the browser: 4 kB for a title, which pages/index.vue sets.
    'app:resolve'(app) {
      app.plugins = app.plugins.filter(({ src }) => !src.includes('unhead.client'));
    },
    // Nuxt would prefetch every file, also of features that few people use. On a slow network they
    // would delay what the page starts with.
    'build:manifest'(manifest) {
      for (const chunk of Object.values(manifest)) chunk.prefetch = false;
    },
  },

  vite: {
    plugins: [tailwindcss()],
    build: { rolldownOptions: { output: { advancedChunks: { groups: [STARTING_FILES] } } } },
  },
  $production: {
    vite: {
      resolve: {
        // Packages that the page imports and never runs: 3 kB.
        alias: {
          '@vue/devtools-api': fileURLToPath(new URL('./app/left-out/devtools-api.ts', import.meta.url)),
          ofetch: fileURLToPath(new URL('./app/left-out/ofetch.ts', import.meta.url)),
        },
      },
    },
  },
  alias: { '~': fileURLToPath(new URL('./app', import.meta.url)) },
  typescript: {
    strict: true,
    tsConfig: {
      compilerOptions: { noUnusedLocals: true, noUnusedParameters: true },
      include: ['../test/**/*'],
      exclude: ['../test/build'],
    },
    nodeTsConfig: { include: ['../test/build/**/*'] },
  },
});
