import { formatCount } from './strings';

/** The texts of the transcript and of its dialog, which load with it. */
export const transcriptStrings = {
  heading: 'Download the conversation',
  close: 'Close the download',
  asOf: (moment: string) => `The chat on ${moment}`,
  asOfNow: 'The chat as it is now',
  limit: (most: number) => `At most the newest ${formatCount(most)} messages.`,
  format: 'Format',
  markdown: 'Markdown, to read',
  json: 'JSON, for programs',
  withVersions: 'With what edited messages said before (one request for each edited message)',
  start: 'Download',
  cancel: 'Cancel',
  again: 'Try again',
  messages: (count: number) => (count === 1 ? '1 message read' : `${formatCount(count)} messages read`),
  versions: (done: number, all: number) =>
    `Versions of ${formatCount(done)} of ${formatCount(all)} edited messages read`,
  done: (count: number) =>
    count === 1 ? 'Downloaded: 1 message.' : `Downloaded: ${formatCount(count)} messages.`,
  cut: (count: number) => `Downloaded: the newest ${formatCount(count)} messages. There are older ones.`,
  failed: 'The conversation could not be read.',

  /** In the file. Times are in UTC, so that the file means the same everywhere. */
  file: {
    heading: 'Group chat',
    asOf: (time: string, count: number) =>
      `As of ${time}, ${count === 1 ? '1 message' : `${formatCount(count)} messages`}.`,
    cut: 'Older messages exist, but are not in this file.',
    unknownTime: 'at an unknown time',
    version: (revision: number) => `v${revision}`,
    edited: (revision: number) => `edited, v${revision}`,
    database: 'by the database',
    deleted: 'This message was deleted later.',
  },
} as const;
