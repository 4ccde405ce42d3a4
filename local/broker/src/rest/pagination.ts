import { Code, WireError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Reply } from './reply.ts';

/** @throws WireError 40003 */
export function parseLimit(text: string | undefined): number {
  if (text === undefined) return limits.pageSize;
  const limit = Number(text);
  if (Number.isInteger(limit) && limit >= 1 && limit <= limits.maxPageSize) return limit;
  throw new WireError(
    Code.badParameter,
    `limit "${text}" must be an integer from 1 to ${limits.maxPageSize}`,
  );
}

export interface Page<Item> {
  items: Item[];
  /** Identifies the last item, if more follow. */
  cursor?: string | undefined;
}

/**
 * Returns the first page of items after `cursor`, exclusive.
 * @param ordered all items, in page order
 * @param isAfter whether an item follows a cursor in that order; must be stable as items come and
 * go
 */
export function pageOf<Item>(
  ordered: readonly Item[],
  limit: number,
  cursor: string | undefined,
  keyOf: (item: Item) => string,
  isAfter: (item: Item, cursor: string) => boolean,
): Page<Item> {
  const rest = cursor === undefined ? ordered : ordered.filter((item) => isAfter(item, cursor));
  const items = rest.slice(0, limit);
  const last = items.at(-1);
  return { items, cursor: last && rest.length > limit ? keyOf(last) : undefined };
}

/** Clients add these to each request themselves; credentials must not be in a link. */
const NOT_LINKED = new Set(['envelope', 'key', 'access_token', 'rnd']);

/**
 * Returns a page with its Link header. Clients use only the query of the links, and discard a link
 * without any: each contains the limit, also the default one.
 * @param target the last segment of the path
 */
export function pageReply(
  target: string,
  query: Record<string, string>,
  body: unknown[],
  cursor?: string,
): Reply {
  const { cursor: current, ...others } = query;
  const linked = Object.entries(others).filter(([name]) => !NOT_LINKED.has(name));
  const params = { limit: String(limits.pageSize), ...Object.fromEntries(linked) };
  const link = (rel: string, at?: string) => {
    const search = new URLSearchParams(at === undefined ? params : { ...params, cursor: at });
    return `<./${target}?${search}>; rel="${rel}"`;
  };
  const links = [link('first'), link('current', current)];
  if (cursor !== undefined) links.push(link('next', cursor));
  return { status: 200, body, headers: { Link: links.join(', ') } };
}
