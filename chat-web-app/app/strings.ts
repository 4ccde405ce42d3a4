/** Every text on screen, in one place, so that it can be translated. */
export const strings = {
  /** For dates and numbers. */
  locale: 'en-GB',
  title: 'Serverless chat',
  titleUnread: (count: number) => `(${formatCount(count)}) Serverless chat`,
  description:
    'A fully serverless group chat with editable messages: Nuxt, Netlify functions, Ably, AWS Lambda and Postgres.',
  needsJavaScript: 'This chat needs JavaScript.',

  header: {
    heading: 'Scalable serverless realtime messaging demo',
    star: 'Star',
    fork: 'Fork',
    source: 'Source code',
  },

  stack: { heading: 'Tech stack' },

  presence: {
    heading: 'Online now',
    headingOffline: 'Last seen online',
    loading: 'Online now (…)',
    you: 'you',
    empty: 'No one has joined yet.',
    unnamed: 'Someone',
    typing: (names: string[]) => {
      if (names.length > 2) return 'Several people are typing…';
      return names.length > 1 ? `${names.join(' and ')} are typing…` : `${names[0] ?? ''} is typing…`;
    },
    open: (heading: string) => `${heading}: show the list`,
    close: 'Close the member list',
  },

  nickname: {
    label: 'Add a nickname',
    submit: 'Enter',
    blank: 'Type a nickname first.',
    tooLong: (max: number) => `A nickname has at most ${max} characters.`,
    invalid: 'A nickname cannot contain control characters.',
  },

  chat: {
    heading: 'Group chat',
    messages: 'Messages',
    loading: 'Loading messages…',
    empty: 'No messages yet. Say hello!',
    loadOlder: 'Load older messages',
    loadingOlder: 'Loading older messages…',
    beginning: 'This is the beginning of the chat.',
    unreadable: 'Messages could not be loaded.',
    tryAgain: 'Try again',
    jump: 'Jump to latest',
    jumpUnread: (count: number) => `Jump to latest (${formatCount(count)} new)`,
    today: 'Today',
    yesterday: 'Yesterday',
    unknownDay: 'At an unknown time',
    newMessages: 'New messages',
    missed: (count: number) =>
      count === 1 ? '1 message while you were away' : `${formatCount(count)} messages while you were away`,
    showMissed: 'Show',
    dismiss: 'Dismiss',
    announced: (name: string, text: string) => `${name}: ${text}`,
    announcedMany: (count: number) => `${formatCount(count)} new messages`,
  },

  composer: {
    label: 'Write a message...',
    send: 'Send message',
    tooLong: (count: number, max: number) =>
      `Too long: ${formatCount(count)} of ${formatCount(max)} characters. Shorten it to send it.`,
    invalid: 'This text contains control characters, which cannot be sent.',
    count: (count: number, max: number) => `${formatCount(count)} / ${formatCount(max)}`,
  },

  message: {
    by: 'by',
    on: 'on',
    at: 'at',
    unknownTime: 'at an unknown time',
    someone: 'someone',
    edited: 'edited',
    editedWhen: (moment: string) => `edited ${moment}`,
    shortened: 'This text is longer than a message can be, so it is cut off here.',
    sending: 'sending…',
    waiting: 'waiting for the connection…',
    saving: 'saving edit…',
    deleting: 'deleting…',
    notSent: 'not sent',
    notSaved: 'edit not saved',
    notDeleted: 'not deleted',
    unconfirmed: 'sent, but not confirmed yet',
    deleted: 'Deleted.',
    undo: 'Undo',
    retry: 'Retry',
    discard: 'Discard',
    edit: 'Edit message',
    editLabel: 'Edit your message',
    save: 'Save edit',
    cancel: 'Cancel edit',
    emptyEdit: 'A message cannot be empty. Delete it instead.',
    delete: 'Delete message',
    conflict: 'This message was changed elsewhere while you were editing it. The new text:',
    keepMine: 'Keep mine',
    takeTheirs: 'Take theirs',
    gone: 'The message you were editing was deleted. You wrote:',
    goneToComposer: 'Use it in a new message',
  },

  /** Why Ably rejected a publish, and what the person can do. The text is still in the list. */
  refusal: {
    tooLarge: 'it is too long. Discard it and send it in parts',
    rateLimited: 'too many messages at once. Wait a moment, then retry',
    forbidden: 'you do not have permission to write here. Reload the page to sign in again',
    idTaken: 'another message already has its id. Retry to send it under a new one',
    anotherPerson: 'your session expired, so you can no longer change this message',
  },

  connection: {
    connecting: 'Connecting…',
    offline: 'Offline. Reconnecting… Messages you write are sent once you are back.',
    offlineSince: (time: string) =>
      `Offline since ${time}. Reconnecting… Messages you write are sent once you are back.`,
    back: 'Back online.',
    failed: 'The connection failed.',
    advice: 'Try to connect again. If that does not help, reload the page: what you wrote is kept.',
    again: 'Connect again',
    reload: 'Reload the page',
  },

  details: {
    heading: 'Description and details',
    intro:
      'This demo shows a fully serverless chat application that can easily scale up due to the SaaS components used in the architecture.',
    coreBefore: 'At its core is the ',
    coreLink: 'Pub/Sub messaging architecture',
    coreAfter: ', powered by Ably.',
    switch: 'Show architecture diagram',
    code: 'How this page uses Ably',
    follow: 'Follow a message',
    followAdvice: 'Send, edit or delete a message to follow it through the system.',
    steps: {
      published: { title: 'Published', note: 'by this page' },
      acknowledged: {
        title: 'Acknowledged by Ably',
        note: 'when the acknowledgement arrived, on this page’s clock',
      },
      written: {
        title: 'Written to the table and the outbox',
        note: 'one transaction; this page cannot measure its time',
      },
      fannedOut: {
        title: 'Fanned out',
        note: 'between Ably’s two timestamps: rule, Lambda, Postgres, outbox, connector',
      },
      arrived: { title: 'Received', note: 'when the row change arrived, on this page’s clock' },
      shown: { title: 'Shown', note: 'when it was on screen, on this page’s clock' },
    },
    row: (recordId: number, revision: number) => `row ${recordId}, revision ${revision}`,
    underway: 'in progress',
    untimed: '–',
    ms: (ms: number) => `${formatCount(Math.round(ms))} ms`,
    diagram:
      'Architecture: the browser gets a token from a Netlify function and publishes to the Ably channel outgoing-chat. ' +
      'A rule invokes an AWS Lambda, which writes to Postgres. A trigger fills an outbox in the same transaction, ' +
      'the connector publishes it to incoming-chat, and every tab shows the change.',
  },

  failure: {
    heading: 'Something went wrong',
    advice: 'Reload the page. Messages are safe in the database.',
  },
} as const;

function formatCount(count: number): string {
  return count.toLocaleString(strings.locale);
}
