import { describe, expect, test } from 'vitest';
import { externalizeScripts } from '../../modules/external-scripts.ts';

describe('externalizeScripts', () => {
  test('moves an inline script into a file named by its content, at the same position', () => {
    const { html, files } = externalizeScripts('<p></p><script>window.a = 1</script><p></p>', '/_nuxt/');
    const [[path, text] = []] = files;
    expect(path).toMatch(/^\/_nuxt\/inline\.[0-9a-f]{12}\.js$/);
    expect(text).toBe('window.a = 1');
    expect(html).toBe(`<p></p><script src="${path}"></script><p></p>`);
  });

  test('leaves external scripts and data blocks unchanged', () => {
    const page =
      '<script type="module" src="/_nuxt/entry.js" crossorigin></script><script type="application/json" id="d">[1]</script>';
    expect(externalizeScripts(page, '/_nuxt/')).toEqual({ html: page, files: new Map() });
  });

  test('rejects an import map, which cannot be an external file', () => {
    expect(() => externalizeScripts('<script type="importmap">{}</script>', '/_nuxt/')).toThrow(
      'entryImportMap',
    );
  });
});
