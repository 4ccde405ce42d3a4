import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defineNuxtModule } from 'nuxt/kit';

/** Groups: 1 attributes, 2 text. Applied to this build's own HTML only, never to foreign input. */
const INLINE = {
  script: /<script\b([^>]*)>([\s\S]*?)<\/script>/g,
  style: /<style\b([^>]*)>([\s\S]*?)<\/style>/g,
};
/** The browser runs no data, so it needs no hash. */
const DATA = /\btype="application\/json"/;

const ABLY = ['ably.net', 'ably.io', 'ably-realtime.com'].flatMap((domain) => [
  `https://*.${domain}`,
  `wss://*.${domain}`,
]);

/** Returns the sources of a policy that permits the scripts or styles in these pages, and no other. */
export function hashesOf(kind: keyof typeof INLINE, pages: readonly string[]): string[] {
  const texts = pages.flatMap((html) =>
    [...html.matchAll(INLINE[kind])]
      .filter(([, attributes = '']) => !DATA.test(attributes))
      .map(([, , text = '']) => text)
      // The scripts that have a file.
      .filter((text) => text !== ''),
  );
  const hash = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
  return [...new Set(texts.map(hash))].sort();
}

/**
 * Returns the Content-Security-Policy of the built pages. Scripts and styles load from this origin
 * only; of those within the page, the policy permits the ones of this build by their hashes.
 * Connections: this origin and Ably. What the page does not use is named, although default-src
 * covers most of it: a change of that default must not open it. Trusted Types: text becomes markup or
 * script only through Vue's own policy, which its templates use for constant markup, and through
 * `service-worker`, which permits the path of the service worker only.
 */
export function securityPolicy(pages: readonly string[]): string {
  const directives = {
    'default-src': ["'none'"],
    'script-src': ["'self'", ...hashesOf('script', pages)],
    'script-src-attr': ["'none'"],
    'style-src': ["'self'", ...hashesOf('style', pages)],
    'style-src-attr': ["'none'"],
    'img-src': ["'self'"],
    'font-src': ["'none'"],
    'media-src': ["'none'"],
    'object-src': ["'none'"],
    'frame-src': ["'none'"],
    'child-src': ["'none'"],
    'worker-src': ["'self'"],
    'manifest-src': ["'none'"],
    'connect-src': ["'self'", ...ABLY],
    'base-uri': ["'none'"],
    'form-action': ["'none'"],
    'frame-ancestors': ["'none'"],
    'require-trusted-types-for': ["'script'"],
    'trusted-types': ['vue', 'service-worker'],
  };
  return Object.entries(directives)
    .map(([name, values]) => `${name} ${values.join(' ')}`)
    .join('; ');
}

/**
 * Writes the policy into `_headers`, which Netlify reads beside netlify.toml: the hashes change with
 * every build, so the build writes them.
 */
export default defineNuxtModule({
  meta: { name: 'security-policy' },
  setup(_options, nuxt) {
    if (nuxt.options.dev) return;
    nuxt.hook('nitro:init', (nitro) => {
      const pages: string[] = [];
      nitro.hooks.hook('prerender:generate', (route) => void pages.push(route.contents ?? ''));
      nitro.hooks.hook('compiled', () => {
        const file = join(nitro.options.output.publicDir, '_headers');
        return writeFile(file, `/*\n  Content-Security-Policy: ${securityPolicy(pages)}\n`);
      });
    });
  },
});
