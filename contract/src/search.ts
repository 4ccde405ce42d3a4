import * as v from 'valibot';
import { HistoryCursorSchema } from './history.ts';
import { limitUpTo } from './limit.ts';
import { ChatRowSchema } from './row-change.ts';

export const MAX_SEARCH_LIMIT = 50;
export const DEFAULT_SEARCH_LIMIT = 20;
/** In characters. */
export const MAX_SEARCH_LENGTH = 200;

/** The query of `GET chat-search?q=<words>&limit=1..50&before=<cursor>`. Unknown names are rejected. */
export const SearchQuerySchema = v.strictObject({
  q: v.pipe(
    v.string(),
    v.trim(),
    v.nonEmpty('must not be empty'),
    v.maxLength(MAX_SEARCH_LENGTH, `must have at most ${MAX_SEARCH_LENGTH} characters`),
  ),
  limit: v.optional(limitUpTo(MAX_SEARCH_LIMIT), String(DEFAULT_SEARCH_LIMIT)),
  before: v.optional(HistoryCursorSchema),
});

/** A message of which the version `revision` contains every word; the newest such version. */
export const SearchMatchSchema = v.object({
  /** The message as it is now. */
  row: ChatRowSchema,
  revision: v.number(),
  content: v.nullable(v.string()),
});

/** In display order, newest first. `next` is the `before` of the next page. */
export const SearchPageSchema = v.object({
  matches: v.array(SearchMatchSchema),
  next: v.nullable(v.string()),
});

export type SearchQuery = v.InferOutput<typeof SearchQuerySchema>;
export type SearchMatch = v.InferOutput<typeof SearchMatchSchema>;
export type SearchPage = v.InferOutput<typeof SearchPageSchema>;
