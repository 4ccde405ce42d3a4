import * as v from 'valibot';
import { isPlain, plainText } from './plain-text.ts';

/** Counts Unicode code points, as Postgres does: an emoji is one character, not two. */
export const MAX_CONTENT_LENGTH = 4_000;
export const MAX_USERNAME_LENGTH = 40;

export const ContentSchema = plainText(MAX_CONTENT_LENGTH);
export const UsernameSchema = plainText(MAX_USERNAME_LENGTH);

/**
 * An Ably message id, which becomes `msg_id`. The bound keeps index entries small; Ably's ids are
 * far shorter.
 */
export const MessageIdSchema = v.pipe(
  v.string('must be text'),
  v.minLength(1, 'must not be empty'),
  v.maxLength(256, 'must be at most 256 characters'),
  v.check(isPlain, 'must be plain text'),
);

/**
 * The identity of what a person did. It stays the same when a client publishes again, while the Ably
 * id changes (`<id>`, `<id>~2`, …), because Ably discards a repeated id for two minutes without
 * invoking its rule. Without a colon, so that it never has the form of an id that Ably generates.
 */
export const ActionIdSchema = v.pipe(
  v.string('must be text'),
  v.regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be 1 to 64 of the characters A-Z a-z 0-9 _ -'),
);

/** Without an id, as from clients of 2021, the Ably message id serves. */
const identified = { id: v.optional(ActionIdSchema) };

export const ChatMessageSchema = v.object({
  ...identified,
  username: UsernameSchema,
  content: ContentSchema,
});
export const EditedMessageSchema = v.object({
  ...identified,
  username: UsernameSchema,
  content: ContentSchema,
  msgIdToEdit: MessageIdSchema,
  /**
   * When the author made the edit, ms since the epoch: orders one author's edits also when an earlier
   * one is published again after a later one. Without it, the time at which Ably received it.
   */
  madeAt: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(0))),
});
export const DeletedMessageSchema = v.object({ ...identified, msgIdToDelete: MessageIdSchema });

/** The messages that clients publish on the outgoing channel: name to schema of the data. */
export const OUTGOING_MESSAGES = {
  chatMsg: ChatMessageSchema,
  editedMsg: EditedMessageSchema,
  deletedMsg: DeletedMessageSchema,
} as const;

export type OutgoingName = keyof typeof OUTGOING_MESSAGES;
export type ChatMessage = v.InferOutput<typeof ChatMessageSchema>;
export type EditedMessage = v.InferOutput<typeof EditedMessageSchema>;
export type DeletedMessage = v.InferOutput<typeof DeletedMessageSchema>;
