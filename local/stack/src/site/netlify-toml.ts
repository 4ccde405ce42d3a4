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

/** The part of netlify.toml that determines responses. */
const NetlifyTomlSchema = v.object({
  build: v.object({ publish: v.string() }),
  functions: v.object({ directory: v.string() }),
  headers: v.optional(v.array(HeaderRuleSchema), []),
  redirects: v.optional(v.array(RedirectSchema), []),
});

export type HeaderRule = v.InferOutput<typeof HeaderRuleSchema>;
export type Redirect = v.InferOutput<typeof RedirectSchema>;
export type NetlifyToml = v.InferOutput<typeof NetlifyTomlSchema>;

/** @throws InvalidInput with every problem in the file */
export async function readNetlifyToml(file: string): Promise<NetlifyToml> {
  return parseInput(NetlifyTomlSchema, parse(await readFile(file, 'utf8')), file);
}

/**
 * Matches Netlify's patterns: `/exact`, `/part/*` (everything below, and `/part` itself),
 * `/by/:name`.
 */
export function matchPath(pattern: string, path: string): { splat: string } | undefined {
  const source = pattern
    .replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&')
    .replaceAll(/:\w+/g, '[^/]+')
    .replace(/\/\*$/, '(?:/(.*))?');
  const match = new RegExp(`^${source}$`).exec(path);
  return match ? { splat: match[1] ?? '' } : undefined;
}

/** Returns the headers for a path. The last rule that sets a header wins. */
export function headersFor(rules: readonly HeaderRule[], path: string): Headers {
  const headers = new Headers();
  for (const rule of rules.filter((candidate) => matchPath(candidate.for, path))) {
    for (const [name, value] of Object.entries(rule.values)) {
      headers.set(name, Array.isArray(value) ? value.join(', ') : value);
    }
  }
  return headers;
}

/** Adds origins to the `connect-src` of a content security policy, if it has one. */
export function allowConnections(policy: string, origins: readonly string[]): string {
  return policy.replace(
    /(^|;)(\s*connect-src\b[^;]*)/i,
    `$1$2${origins.map((origin) => ` ${origin}`).join('')}`,
  );
}
