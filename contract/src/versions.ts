import * as v from 'valibot';
import { Int8Schema } from './int8.ts';
import { SourceSchema } from './row-change.ts';

/** Most versions in one answer, the current one included. */
export const MAX_VERSIONS = 200;

/** In characters. The chat's own ids are shorter, those of other programs may be any text. */
const MAX_ID_LENGTH = 1_000;

/** The query of `GET message-versions?id=<msg_id>`. Unknown names are rejected. */
export const VersionsQuerySchema = v.strictObject({
  id: v.pipe(
    v.string(),
    v.nonEmpty('must not be empty'),
    v.maxLength(MAX_ID_LENGTH, `must have at most ${MAX_ID_LENGTH} characters`),
  ),
});

/** What a message said from `at` on. */
export const MessageVersionSchema = v.object({
  revision: v.number(),
  content: v.nullable(v.string()),
  /** ms since the epoch; of the first version the time of the message. */
  at: Int8Schema,
  source: SourceSchema,
});

/** Oldest first, the current one last. */
export const MessageVersionsSchema = v.object({
  versions: v.array(MessageVersionSchema),
  /** False when older versions exist that the answer does not hold, or that were purged. */
  complete: v.boolean(),
});

export type VersionsQuery = v.InferOutput<typeof VersionsQuerySchema>;
export type MessageVersion = v.InferOutput<typeof MessageVersionSchema>;
export type MessageVersions = v.InferOutput<typeof MessageVersionsSchema>;
