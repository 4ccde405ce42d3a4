import { parseInput } from '@chat/contract';
import { readFile } from 'node:fs/promises';
import { parse } from 'smol-toml';
import * as v from 'valibot';

const HeaderRuleSchema = v.object({
  for: v.string(),
  values: v.record(v.string(), v.union([v.string(), v.array(v.string())])),
});
const RedirectSchema = v.object({
  from: v.string(),
  to: v.string(),
  status: v.optional(v.number(), 301),
});

/** The part of Netlify's file that says what a visitor gets. */
const NetlifyTomlSchema = v.object({
  build: v.object({ publish: v.string() }),
  functions: v.object({ directory: v.string() }),
  headers: v.optional(v.array(HeaderRuleSchema), []),
  redirects: v.optional(v.array(RedirectSchema), []),
});

export type HeaderRule = v.InferOutput<typeof HeaderRuleSchema>;
export type Redirect = v.InferOutput<typeof RedirectSchema>;
export type NetlifyToml = v.InferOutput<typeof NetlifyTomlSchema>;

/** @throws InvalidInput naming what is wrong in the file */
export async function readNetlifyToml(file: string): Promise<NetlifyToml> {
  return parseInput(NetlifyTomlSchema, parse(await readFile(file, 'utf8')), file);
}

/** Netlify's patterns: `/exact`, `/part/*` (everything below, and `/part` itself), `/by/:name`. */
export function matchPath(pattern: string, path: string): { splat: string } | undefined {
  const source = pattern
    .replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&')
    .replaceAll(/:\w+/g, '[^/]+')
    .replace(/\/\*$/, '(?:/(.*))?');
  const match = new RegExp(`^${source}$`).exec(path);
  return match ? { splat: match[1] ?? '' } : undefined;
}

/** The headers for a path: of rules that name the same header, the later one has its way. */
export function headersFor(rules: readonly HeaderRule[], path: string): Headers {
  const headers = new Headers();
  for (const rule of rules.filter((candidate) => matchPath(candidate.for, path))) {
    for (const [name, value] of Object.entries(rule.values)) {
      headers.set(name, Array.isArray(value) ? value.join(', ') : value);
    }
  }
  return headers;
}

/** Adds origins to the `connect-src` of a content security policy; a policy without one is left as it is. */
export function allowConnections(policy: string, origins: readonly string[]): string {
  return policy.replace(
    /(^|;)(\s*connect-src\b[^;]*)/i,
    `$1$2${origins.map((origin) => ` ${origin}`).join('')}`,
  );
}
