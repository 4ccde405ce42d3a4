/**
 * Every text on screen, so that it can be translated. Those of features that load on demand are in
 * `strings-of-….ts` and load with them.
 */
export const strings = {
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
    skip: 'Skip to the chat',
    search: 'Search messages',
    past: 'Show the chat at an earlier time',
    unloadable: 'This part of the page could not be loaded.',
    backToNow: 'Back to now',
    promise:
      'Edit any of your messages, even old ones: everyone sees it change, because the database is the source of truth.',
  },

  theme: {
    system: 'as the system',
    light: 'light',
    dark: 'dark',
    title: (current: string) => `Colours: ${current}`,
    label: (current: string, next: string) => `Colours: ${current}. Change to: ${next}`,
  },

  stack: { heading: 'Tech stack' },

  presence: {
    heading: 'Online now',
    headingOffline: 'Last seen online',
    loading: 'Online now (…)',
    you: ' (you)',
    youUnlisted: ' (you, not in the list of others: it is full)',
    unlisted: (count: number) =>
      count === 1
        ? 'and 1 more, whom the list cannot hold'
        : `and ${formatCount(count)} more, whom the list cannot hold`,
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
    continueAs: 'Continue as',
    lastUsed: (moment: string) => `last used ${moment}`,
    forget: (name: string) => `Forget ${name} in this browser`,
    forgetQuestion: (name: string) =>
      `Forget ${name}? You can then no longer change the messages of ${name}, and what was not sent is lost.`,
    forgetNow: 'Forget',
    keep: 'Keep',
    inUse: (name: string) => `${name} is in use in another tab.`,
    you: 'You are',
    change: 'Change name',
    newLabel: 'Your new nickname',
    save: 'Save name',
    cancel: 'Cancel',
    leave: 'Leave',
    stay: 'Stay',
    unsent: (count: number, name: string) =>
      count === 1
        ? `1 message or change is not sent yet. If you leave, it is kept until you continue as ${name} in this browser.`
        : `${formatCount(count)} messages or changes are not sent yet. ` +
          `If you leave, they are kept until you continue as ${name} in this browser.`,
    unsentLost: (count: number) =>
      count === 1
        ? '1 message or change is not sent yet. If you leave, it is lost.'
        : `${formatCount(count)} messages or changes are not sent yet. If you leave, they are lost.`,
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
    forbidden: 'You do not have permission to read this chat.',
    tryAgain: 'Try again',
    jump: 'Jump to latest',
    jumpUnread: (count: number) => `Jump to latest (${formatCount(count)} new)`,
    unknownDay: 'At an unknown time',
    newMessages: 'New messages',
    restarted:
      'A lot happened while you were away, so the list starts from the newest messages. Older ones load as you scroll up.',
    dismiss: 'Dismiss',
    announced: (name: string, text: string) => `${name}: ${text}`,
    announcedMany: (count: number) => `${formatCount(count)} new messages`,
    announcedEdit: (name: string, text: string) => `${name} edited: ${text}`,
    announcedEdits: (count: number) => `${formatCount(count)} messages were edited`,
    announcedDeletions: (count: number) =>
      count === 1 ? '1 message was deleted' : `${formatCount(count)} messages were deleted`,
  },

  composer: {
    label: 'Write a message...',
    send: 'Send message',
    tooLong: (count: number, max: number) =>
      `Too long: ${formatCount(count)} of ${formatCount(max)} characters. Shorten it to send it.`,
    count: (count: number, max: number) => `${formatCount(count)} / ${formatCount(max)}`,
  },

  message: {
    by: 'by',
    on: 'on',
    at: 'at',
    unknownTime: 'at an unknown time',
    someone: 'someone',
    edited: 'edited',
    editedVersion: (revision: number) => `edited · v${revision}`,
    editedWhen: (moment: string) => `edited ${moment}`,
    outside: { written: 'written outside the chat', changed: 'changed outside the chat' },
    versionsUnreadable: 'The versions could not be loaded.',
    more: 'Show more',
    less: 'Show less',
    shortened: 'This text is longer than a message can be, so it is cut off here.',
    deleted: 'Deleted.',
    undo: 'Undo',
    undoLeft: (seconds: number) => `(${formatCount(seconds)} s)`,
    retry: 'Retry',
    discard: 'Discard',
    editAgain: 'Edit again',
    withdraw: 'Cancel',
    stopWaiting: 'Stop waiting',
    unsavedEdit: 'unsaved edit',
    edit: 'Edit message',
    editLabel: 'Edit your message',
    save: 'Save edit',
    cancel: 'Cancel edit',
    emptyEdit: 'A message cannot be empty. Delete it instead.',
    delete: 'Delete message',
    actions: 'More actions',
    link: 'Link to this message',
    conflict: 'This message was changed elsewhere while you were editing it. The new text:',
    keepMine: 'Keep mine',
    takeTheirs: 'Take theirs',
    gone: 'The message you were editing was deleted. You wrote:',
    goneToComposer: 'Use it in a new message',
  },

  /** The states of an own message, edit or deletion until its row change arrives. */
  pending: {
    chatMsg: {
      offline: 'will be sent when you are back online',
      publishing: 'sending…',
      acknowledged: 'Ably has it, waiting for the database…',
      again: 'no answer from the database, sending again…',
      acknowledgedAgain: 'sent again, waiting for the database…',
      overdue: 'not confirmed: the database has not answered',
      failed: 'not sent',
    },
    editedMsg: {
      offline: 'edit will be saved when you are back online',
      publishing: 'saving edit…',
      acknowledged: 'Ably has the edit, waiting for the database…',
      again: 'no answer from the database, sending the edit again…',
      acknowledgedAgain: 'edit sent again, waiting for the database…',
      overdue: 'edit not confirmed: the database has not answered',
      failed: 'edit not saved',
    },
    deletedMsg: {
      offline: 'will be deleted when you are back online',
      publishing: 'deleting…',
      acknowledged: 'Ably has the deletion, waiting for the database…',
      again: 'no answer from the database, deleting again…',
      acknowledgedAgain: 'deletion sent again, waiting for the database…',
      overdue: 'deletion not confirmed: the database has not answered',
      failed: 'not deleted',
    },
    busy: 'The chat is busy: sending again in a moment',
    failedWith: (failed: string, reason: string | null) => (reason ? `${failed}: ${reason}` : failed),
  },

  /** Why Ably rejected a publish, and what the person can do. The text is still in the list. */
  refusal: {
    tooLarge: 'it is too long. Edit it again and send it in parts',
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
    open: 'How it works',
    close: 'Close the description',
    switch: 'Show architecture diagram',
    code: 'How this page uses Ably',
    transcript: 'Download the conversation',
  },

  /** The line below the newest own message. */
  trace: {
    stops: { page: 'page', ably: 'Ably', lambda: 'Lambda', postgres: 'Postgres', back: 'back' },
    /** The last known stop, when nothing has followed for some seconds. */
    stalled: {
      page: (time: string) => `sent ${time} ago, no answer from Ably yet`,
      ably: (time: string) => `at Ably for ${time}, not back yet`,
    },
    open: (time: string) => `${time}: show the way of this message`,
    returned: {
      chatMsg: (time: string) => `Your message came back from the database after ${time}.`,
      editedMsg: (time: string) => `Your edit came back from the database after ${time}.`,
      deletedMsg: (time: string) => `Your deletion came back from the database after ${time}.`,
    },
    /** @param ms at least 0 */
    duration: (ms: number) => {
      if (ms < 1_000) return `${Math.round(ms)} ms`;
      if (ms < 60_000) return `${formatCount(Math.floor(ms / 100) / 10)} s`;
      return `${formatCount(Math.floor(ms / 60_000))} min ${Math.floor((ms % 60_000) / 1_000)} s`;
    },
    seconds: (seconds: number) =>
      seconds < 60 ? `${seconds} s` : `${formatCount(Math.floor(seconds / 60))} min ${seconds % 60} s`,
  },

  failure: {
    heading: 'Something went wrong',
    advice: 'Reload the page. Messages are safe in the database.',
  },
} as const;

/** In the language of the texts. Dates follow the browser (utils/moment.ts). */
export function formatCount(count: number): string {
  return count.toLocaleString('en');
}
