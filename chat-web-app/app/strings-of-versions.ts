/** The texts of a message's versions, which load with them. */
export const versionStrings = {
  heading: 'Versions',
  close: 'Close the versions',
  loading: 'Loading versions…',
  version: (revision: number) => `v${revision}`,
  database: 'database',
  removed: 'removed: ',
  added: 'added: ',
  /** After the removed or added words, for screen readers. */
  end: ' (end)',
  same: 'The text is the same as in the version before.',
  incomplete: 'Older versions are not kept.',
  restore: 'Restore this version',
} as const;
