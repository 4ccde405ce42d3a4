import { describe, expect, test } from 'vitest';
import { inlineStyles } from '../../modules/inline-styles.ts';
import { hashesOf, securityPolicy } from '../../modules/security-policy.ts';

/** Of `a`, as in the examples of the CSP's specification: base64 of the SHA-256. */
const HASH_OF_A = "'sha256-ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs='";

describe('inlineStyles', () => {
  test('puts the text of a style sheet into the page, before its link, which loads nothing', async () => {
    const page = '<link rel="stylesheet" href="/_nuxt/a.css" crossorigin><link rel="icon" href="/b.svg">';
    const read = (path: string) => Promise.resolve(`/* $& of ${path} */`);
    expect(await inlineStyles(page, read)).toBe(
      '<style>/* $& of _nuxt/a.css */</style>' +
        '<link rel="stylesheet" href="/_nuxt/a.css" crossorigin disabled><link rel="icon" href="/b.svg">',
    );
  });
});

describe('hashesOf', () => {
  test('returns the hash of each inline script once, not of files or data', () => {
    const page =
      '<script src="/a.js"></script><script>a</script><script type="module" src="/b.js"></script>' +
      '<script type="application/json">[1]</script><style>b</style>';
    expect(hashesOf('script', [page, page])).toEqual([HASH_OF_A]);
  });

  test('returns the hash of each inline style', () => {
    expect(hashesOf('style', ['<p></p><style>a</style><script>b</script>'])).toEqual([HASH_OF_A]);
  });
});

test('securityPolicy permits what is in the pages, and nothing inline besides', () => {
  const policy = securityPolicy(['<style>a</style>']);
  expect(policy).toContain(`script-src 'self'; script-src-attr 'none'; style-src 'self' ${HASH_OF_A};`);
  expect(policy).not.toContain('unsafe');
});
