import { DEFAULT_HISTORY_LIMIT, ROUTES } from '@chat/contract';
import { build } from 'esbuild';
import { join } from 'node:path';
import { defineNuxtModule } from 'nuxt/kit';

/** Puts app/early-script into the page's head, before everything that loads. */
export default defineNuxtModule({
  meta: { name: 'early-script' },
  async setup(_options, nuxt) {
    const { outputFiles } = await build({
      entryPoints: [join(nuxt.options.srcDir, 'early-script/main.ts')],
      bundle: true,
      minify: true,
      format: 'iife',
      target: 'es2022',
      write: false,
      define: { NEWEST_MESSAGES: JSON.stringify(`${ROUTES.chatHistory}?limit=${DEFAULT_HISTORY_LIMIT}`) },
    });
    const innerHTML = outputFiles.map(({ text }) => text).join('');
    nuxt.options.app.head.script = [
      ...(nuxt.options.app.head.script ?? []),
      { innerHTML, type: 'text/javascript', tagPriority: 'critical' },
    ];
  },
});
