import { strings } from '../../strings';
import { transcriptStrings } from '../../strings-of-transcript';
import { displayName } from '../../utils/display-name';
import { toMarkdown, toQuotation } from '../../utils/markdown-text';
import { toJson } from './json';
import type { Conversation, TranscriptMessage } from './conversation';

const { file } = transcriptStrings;

export type Format = 'markdown' | 'json';

/** The file of a conversation: its name and content. */
export function toFile(conversation: Conversation, format: Format) {
  const name = `chat-${fileTime(conversation.at)}`;
  return format === 'json'
    ? { name: `${name}.json`, type: 'application/json', text: toJson(conversation) }
    : { name: `${name}.md`, type: 'text/markdown', text: toMarkdownFile(conversation) };
}

function toMarkdownFile({ at, messages, isComplete }: Conversation): string {
  const head = [`# ${file.heading}`, file.asOf(formatTime(at), messages.length)];
  if (!isComplete) head.push(file.cut);
  return `${[...head, ...messages.flatMap(toBlocks)].join('\n\n')}\n`;
}

/** The paragraphs of a message: who and when, and a quotation for each version. */
function toBlocks(message: TranscriptMessage): string[] {
  if (message.isDeleted) return [`${formatTime(message.at)}: *${file.deleted}*`];
  const author = toMarkdown(displayName(message.author) || strings.message.someone);
  const edited = message.revision > 1 ? ` (${file.edited(message.revision)})` : '';
  const head = `**${author}**, ${formatTime(message.at)}${edited}:`;
  const versions = message.versions?.flatMap(({ revision, at, source, content }) => {
    const writer = source === 'database' ? `, ${file.database}` : '';
    return [`${file.version(revision)}, ${formatTime(at)}${writer}:`, toQuotation(content ?? '')];
  });
  return [head, ...(versions ?? [toQuotation(message.text ?? '')])];
}

function formatTime(at: number | bigint | string): string {
  const date = new Date(Number(at));
  if (Number.isNaN(date.getTime())) return file.unknownTime;
  return `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** Without the characters that file systems forbid. */
function fileTime(at: number): string {
  return new Date(at).toISOString().slice(0, 19).replaceAll(':', '-');
}
