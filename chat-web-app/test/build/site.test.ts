import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

/** A separate build, so that a site being served from the usual folder is not touched. */
const home = fileURLToPath(new URL('../..', import.meta.url));
const out = fileURLToPath(new URL('../../.data/build-test/', import.meta.url));
const site = `${out}.output/public/`;

/** Bytes, gzipped. */
const INITIAL_BUDGET = 90_000;

let html: string;
let pages: string[];
let scripts: { name: string; text: string; size: number }[];

beforeAll(() => {
  execFileSync(process.execPath, [fileURLToPath(new URL('./build-into.ts', import.meta.url)), home, out], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, NODE_ENV: 'production', VITEST: undefined, TEST: undefined },
  });
  html = readFileSync(`${site}index.html`, 'utf8');
  pages = ['index', '200', '404'].map((name) => readFileSync(`${site}${name}.html`, 'utf8'));
  scripts = readdirSync(`${site}_nuxt`)
    .filter((name) => name.endsWith('.js'))
    .map((name) => {
      const bytes = readFileSync(`${site}_nuxt/${name}`);
      return { name, text: bytes.toString(), size: gzipSync(bytes).length };
    });
});

afterAll(() => rmSync(out, { recursive: true, force: true }));

const hashOf = (text: string) => `sha256-${createHash('sha256').update(text).digest('base64')}`;
const total = (some: typeof scripts) => some.reduce((sum, script) => sum + script.size, 0);
const INITIAL = /<(?:script|link rel="modulepreload")[^>]* (?:src|href)="\/_nuxt\/([^"]+\.js)"/g;
/** The scripts that the page starts with. Those loaded on demand have `prefetch` links at most. */
const initialScripts = () => {
  const names = [...html.matchAll(INITIAL)].map(([, name]) => name);
  return scripts.filter(({ name }) => names.includes(name));
};
const isAbly = (script: (typeof scripts)[number]) => script.text.includes('X-Ably-Version');

describe('The built site', () => {
  test('permits by its policy exactly the scripts and styles that are in the page, by their hashes', () => {
    const policy = readFileSync(`${site}_headers`, 'utf8');
    const permitted = [...policy.matchAll(/'(sha256-[^']+)'/g)].map(([, hash]) => hash).sort();
    for (const page of pages) {
      const scripts = [...page.matchAll(/<script\b([^>]*)>([\s\S]*?)<\/script>/g)];
      const run = scripts.filter(([, attributes = '']) => !/ src=|application\/json/.test(attributes));
      const styles = [...page.matchAll(/<style\b([^>]*)>([\s\S]*?)<\/style>/g)];
      expect([run.length, styles.length]).toEqual([2, 1]);
      expect([...run, ...styles].map(([, , text = '']) => hashOf(text)).sort()).toEqual(permitted);
      expect(page.replaceAll(/<(script|style)\b[\s\S]*?<\/\1>/g, '')).not.toMatch(
        /\sstyle=|\son\w+=|javascript:/,
      );
    }
    expect(policy).not.toContain('unsafe');
  });

  test('needs no file for its first paint', () => {
    const head = html.slice(0, html.indexOf('</head>'));
    expect(head).toContain('.page-promise');
    expect(head.match(/<link rel="stylesheet"[^>]*>/g)).toEqual([expect.stringContaining(' disabled>')]);
    expect(head).not.toMatch(/<script (?!type="module")[^>]*src=/);
    expect(head).not.toContain('prefetch');
  });

  test('references only existing files of its own', () => {
    const references = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path ?? '');
    expect(references.length).toBeGreaterThan(3);
    for (const path of references) {
      expect(path).toMatch(/^\/[^/]/);
      expect(readFileSync(site + path.slice(1)).length).toBeGreaterThan(0);
    }
  });

  test('has a service worker of one file, which stores all that the page needs', () => {
    const worker = readFileSync(`${site}service-worker.js`, 'utf8');
    expect(worker).not.toContain('importScripts');
    const stored = [...worker.matchAll(/\{"?url"?:"([^"]+)"/g)].map(([, path = '']) => path);
    const assets = readdirSync(`${site}_nuxt`).filter((name) => /\.(js|css)$/.test(name));
    expect(stored.sort()).toEqual(
      ['/favicon.svg', '/index.html', ...assets.map((name) => `/_nuxt/${name}`)].sort(),
    );
  });

  test('has its header before any script runs', () => {
    const page = html.slice(
      html.indexOf('<div id="__nuxt">'),
      html.indexOf('<script', html.indexOf('<body')),
    );
    expect(page).toMatch(/<h1[^>]*>Scalable serverless realtime messaging demo<\/h1>/);
    expect(page).toContain('everyone sees it change, because the database is the source of truth');
    expect(page).toContain('Loading messages…');
  });

  test('has its title, language and icon', () => {
    expect(html).toContain('<title>Serverless chat</title>');
    expect(html).toMatch(/<html\s+lang="en"/);
    expect(html).toContain('href="/favicon.svg"');
  });

  // tests/browser/script-budget.spec.ts measures what a conversation loads after that.
  test(`starts with at most ${INITIAL_BUDGET / 1000} kB of script, without Ably`, () => {
    expect(scripts.filter(isAbly)).toHaveLength(1);
    expect(initialScripts()).toHaveLength(1);
    expect(initialScripts().filter(isAbly)).toEqual([]);
    expect(total(initialScripts())).toBeLessThanOrEqual(INITIAL_BUDGET);
  });
});
