import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { REPOSITORY } from './support/paths.ts';

/** Columns of prose in Markdown. Prettier leaves prose as it is. */
const PROSE = 100;
/** Columns of a line with a comment: those of prose, and room for one last short word. */
const COMMENT = 104;
const LINES_OF_A_FILE = 300;

const SOURCE = /\.(ts|vue|mjs|js|css|sql|sh|ya?ml|toml)$|(^|\/)(Dockerfile|run)$/;
/** Written by tools. */
const GENERATED = /^(package-lock\.json|sql\/schema\.sql)$|\.snap$/;

const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: REPOSITORY,
  encoding: 'utf8',
})
  .split('\n')
  // Git also lists files that are deleted and not committed.
  .filter((path) => path !== '' && !GENERATED.test(path) && existsSync(join(REPOSITORY, path)));
const sources = files.filter((path) => SOURCE.test(path));

interface Line {
  /** `path:number`, as editors open it. */
  readonly at: string;
  readonly text: string;
}

function linesOf(path: string): Line[] {
  const text = readFileSync(join(REPOSITORY, path), 'utf8').replace(/\n$/, '');
  return text.split('\n').map((line, index) => ({ at: `${path}:${index + 1}`, text: line }));
}

/** Without the blocks of code, whose lines may be commands or output. */
function proseOf(path: string): Line[] {
  let isCode = false;
  return linesOf(path).filter(({ text }) => {
    const isFence = /^\s*(```|~~~)/.test(text);
    if (isFence) isCode = !isCode;
    return !isCode && !isFence;
  });
}

/** A link cannot be wrapped, so its length does not count. */
const withoutAddresses = (text: string) => text.replaceAll(/\]\([^)]*\)|https?:\/\/\S+/g, '');

/** Whether a line has a comment of TypeScript, SQL, CSS, a shell or a template. */
const hasComment = (text: string) => /^\s*(\/\/|\/?\*|--\s|#\s|<!--)|[;,{)(\]\s]\/\/ |[;,)]\s+-- /.test(text);

const tooLong = (limit: number) => (line: Line) => [...withoutAddresses(line.text)].length > limit;
const at = (line: Line) => line.at;

test(`Markdown wraps at ${PROSE} columns, tables included`, () => {
  const pages = files.filter((path) => path.endsWith('.md'));
  expect(pages).toContain('README.md');
  expect(pages.flatMap(proseOf).filter(tooLong(PROSE)).map(at)).toEqual([]);
});

test(`a line with a comment has at most ${COMMENT} columns`, () => {
  const comments = sources.flatMap(linesOf).filter(({ text }) => hasComment(text));
  expect(comments.length).toBeGreaterThan(500);
  expect(comments.filter(tooLong(COMMENT)).map(at)).toEqual([]);
});

test(`no source file has more than ${LINES_OF_A_FILE} lines`, () => {
  const lengths = sources.map((path) => ({ path, lines: linesOf(path).length }));
  expect(lengths.filter(({ lines }) => lines > LINES_OF_A_FILE)).toEqual([]);
});
