import {
  ChangesQuerySchema,
  HistoryQuerySchema,
  parseInput,
  READ_PATHS,
  SearchQuerySchema,
  TimelineQuerySchema,
  VersionsQuerySchema,
} from '@chat/contract';
import type * as v from 'valibot';
import type { Database } from './database/database.ts';
import { readChanges } from './read-changes.ts';
import { readHistory } from './read-history.ts';
import { readPast } from './read-past.ts';
import { readSearch } from './read-search.ts';
import { readTimeline } from './read-timeline.ts';
import { readVersions } from './read-versions.ts';

type Read = (parameters: Record<string, string>, database: Database) => Promise<unknown>;

/** What is read at each path. */
const READS: Record<string, Read> = {
  [READ_PATHS.changes]: reading('The changes query', ChangesQuerySchema, readChanges),
  [READ_PATHS.versions]: reading('The versions query', VersionsQuerySchema, readVersions),
  [READ_PATHS.search]: reading('The search query', SearchQuerySchema, readSearch),
  [READ_PATHS.timeline]: reading('The timeline query', TimelineQuerySchema, readTimeline),
};
const readPage = reading('The history query', HistoryQuerySchema, (database, query) =>
  query.at === undefined ? readHistory(database, query) : readPast(database, { ...query, at: query.at }),
);

/**
 * Reads what a path is for; any path that is not listed is for a page of the history.
 * @throws InvalidInput listing every problem of the parameters
 */
export function answerTo(
  path: string,
  parameters: Record<string, string>,
  database: Database,
): Promise<unknown> {
  const read = READS[path.slice(path.lastIndexOf('/'))] ?? readPage;
  return read(parameters, database);
}

function reading<Schema extends v.GenericSchema>(
  what: string,
  schema: Schema,
  read: (database: Database, query: v.InferOutput<Schema>) => Promise<unknown>,
): Read {
  return async (parameters, database) => read(database, parseInput(schema, parameters, what));
}
