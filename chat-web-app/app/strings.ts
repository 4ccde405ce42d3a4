/** Every word that a person can read, in one place, so that it can be translated. */
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
    nobody: 'Nobody has joined yet.',
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
    invalid: 'A nickname cannot hold control characters.',
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
    invalid: 'This text holds control characters that cannot be sent.',
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
    shortened: 'This text is longer than a message can be, and is cut here.',
    sending: 'sending…',
    waiting: 'waiting for the connection…',
    saving: 'saving edit…',
    deleting: 'deleting…',
    notSent: 'not sent',
    notSaved: 'edit not saved',
    notDeleted: 'not deleted',
    unconfirmed: 'sent, but not confirmed by the database yet',
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
    conflict: 'This message was changed elsewhere while you were editing it. It now says:',
    keepMine: 'Keep mine',
    takeTheirs: 'Take theirs',
    gone: 'The message that you were editing was deleted. What you wrote:',
    goneToComposer: 'Write it as a new message',
  },

  /** Why Ably did not take something, and what to do about it. What was typed is still there. */
  refusal: {
    tooLarge: 'it is too long. Discard it and send it in parts',
    rateLimited: 'too many messages at once. Wait a moment, then retry',
    forbidden: 'you may not write here. Reload the page to sign in anew',
    anotherPerson: 'your session ran out, and you are a new person now, who cannot change this',
  },

  connection: {
    connecting: 'Connecting…',
    offline: 'Offline. Reconnecting; what you write is kept and sent then.',
    offlineSince: (time: string) =>
      `Offline since ${time}. Reconnecting; what you write is kept and sent then.`,
    back: 'Back online.',
    failed: 'The connection failed.',
    advice: 'Connect again; if that does not help, reload the page. What you wrote is kept.',
    again: 'Connect again',
    reload: 'Reload the page',
  },

  details: {
    heading: 'Description and details',
    intro:
      'This demo shows a fully serverless chat application that can easily scale up due to the SaaS components used in the architecture.',
    coreBefore: 'At its core, is the ',
    coreLink: 'Pub/Sub messaging architecture',
    coreAfter: ', powered by Ably.',
    switch: 'Show architecture diagram',
    code: 'How this page uses Ably',
    follow: 'Follow a message',
    followAdvice: 'Send, edit or delete a message: its way is measured here.',
    steps: {
      published: { title: 'Published', note: 'by this page' },
      acknowledged: { title: 'Taken by Ably', note: 'its acknowledgement came back, on this page’s clock' },
      written: {
        title: 'Written, and into the outbox',
        note: 'one transaction, whose time no clock tells us',
      },
      fannedOut: {
        title: 'Fanned out',
        note: 'between Ably’s two stamps: rule, Lambda, Postgres, outbox, connector',
      },
      arrived: { title: 'Back here', note: 'the row came in, on this page’s clock' },
      shown: { title: 'Shown', note: 'on the screen, on this page’s clock' },
    },
    row: (recordId: number, revision: number) => `row ${recordId}, revision ${revision}`,
    underway: 'under way',
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
