/** The texts of the chat at an earlier time, which load with it. */
export const pastStrings = {
  heading: (moment: string) => `The chat on ${moment}`,
  messages: 'Messages of that time',
  slider: 'Time shown',
  previous: 'Earlier',
  following: 'Later',
  loading: 'Loading the messages of that time…',
  none: 'No message had been written yet.',
  deleted: 'This message was deleted later.',
  unreadable: 'The messages of that time could not be loaded.',
  lifeUnreadable: 'The times of the chat could not be loaded.',
  empty: 'The chat is empty: it has no past yet.',
} as const;
