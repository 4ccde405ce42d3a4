import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { defineNuxtModule } from 'nuxt/kit';

/** Groups: 1 attributes, 2 body. Applied to this build's own HTML only, never to foreign input. */
const SCRIPT = /<script\b([^>]*)>([\s\S]*?)<\/script>/g;
const DATA_BLOCK = /\btype="(?:application\/json|speculationrules)"/;

export interface ExternalizedPage {
  html: string;
  /** Path under the site's root → text of the file. */
  files: Map<string, string>;
}

/**
 * Moves every executable inline script into a file named by its content, so that the page works under
 * `script-src 'self'`. The tag keeps its position and stays synchronous: Nuxt's settings must exist
 * before the entry script runs.
 * @throws Error for an import map, which cannot be an external file
 */
export function externalizeScripts(html: string, assetsPath: string): ExternalizedPage {
  const files = new Map<string, string>();
  const external = html.replace(SCRIPT, (tag, attributes: string, body: string) => {
    if (/\bsrc=/.test(attributes) || DATA_BLOCK.test(attributes)) return tag;
    if (/\btype="importmap"/.test(attributes)) {
      throw new Error(
        'The page contains an import map, which cannot be an external file: set experimental.entryImportMap to false.',
      );
    }
    const path = `${assetsPath}inline.${createHash('sha256').update(body).digest('hex').slice(0, 12)}.js`;
    files.set(path, body);
    return `<script${attributes} src="${path}"></script>`;
  });
  return { html: external, files };
}

export default defineNuxtModule({
  meta: { name: 'external-scripts' },
  setup(_options, nuxt) {
    nuxt.hook('nitro:init', (nitro) => {
      nitro.hooks.hook('prerender:generate', async (route) => {
        if (!route.contents?.includes('<script')) return;
        const assetsPath = nuxt.options.app.baseURL + nuxt.options.app.buildAssetsDir.replace(/^\//, '');
        const page = externalizeScripts(route.contents, assetsPath);
        route.contents = page.html;
        for (const [path, text] of page.files) {
          const file = join(nitro.options.output.publicDir, path.slice(nuxt.options.app.baseURL.length));
          await mkdir(dirname(file), { recursive: true });
          await writeFile(file, text);
        }
      });
    });
  },
});
