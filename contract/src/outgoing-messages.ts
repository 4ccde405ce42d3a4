import * as v from 'valibot';

/** Counts Unicode code points, as Postgres does: an emoji is one character, not two. */
export const MAX_CONTENT_LENGTH = 4_000;
export const MAX_USERNAME_LENGTH = 40;

/** Every control character except newline and tab. Postgres rejects a row with NUL. */
// eslint-disable-next-line no-control-regex -- finding control characters is the purpose
const CONTROL_CHARACTERS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/u;

export function countCharacters(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

function plainText(maxLength: number) {
  return v.pipe(
    v.string('must be text'),
    v.trim(),
    v.minLength(1, 'must not be blank'),
    // A cheap bound first, so that a huge text is not iterated: n code points are at most 2n code
    // units.
    v.maxLength(maxLength * 2, `must be at most ${maxLength} characters`),
    v.check((text) => countCharacters(text) <= maxLength, `must be at most ${maxLength} characters`),
    v.check((text) => !CONTROL_CHARACTERS.test(text), 'must not contain control characters'),
    // A lone surrogate has no UTF-8 form, so Postgres would reject it.
    v.check((text) => text.isWellFormed(), 'must be well-formed Unicode'),
  );
}

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
  v.check((text) => !CONTROL_CHARACTERS.test(text) && text.isWellFormed(), 'must be plain text'),
);

export const ChatMessageSchema = v.object({ username: UsernameSchema, content: ContentSchema });
export const EditedMessageSchema = v.object({
  username: UsernameSchema,
  content: ContentSchema,
  msgIdToEdit: MessageIdSchema,
});
export const DeletedMessageSchema = v.object({ msgIdToDelete: MessageIdSchema });

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
