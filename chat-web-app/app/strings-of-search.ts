import { formatCount } from './strings';

/** The texts of search, which load with it. */
export const searchStrings = {
  heading: 'Search messages',
  label: 'Words to search for',
  placeholder: 'Words, also of earlier versions',
  close: 'Close the search',
  results: 'Messages found',
  said: (revision: number) => `said in v${revision}, since edited`,
  searching: 'Searching…',
  none: 'No message contains these words.',
  /** @param isMore further ones can be loaded */
  count: (count: number, isMore: boolean) => {
    if (isMore) return `The newest ${formatCount(count)} messages`;
    return count === 1 ? '1 message' : `${formatCount(count)} messages`;
  },
  failed: 'The search failed.',
  more: 'More',
  hint: 'Type words that a message contains, or once contained. The last one may be unfinished.',
} as const;
