/** Every word that a person can read, in one place, so that it can be translated. */
export const strings = {
  title: 'Serverless chat',
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
    by: (name: string) => `by ${name}`,
    someone: 'someone',
    edited: '• edited •',
    sending: 'sending…',
    waiting: 'waiting for the connection…',
    saving: 'saving edit…',
    deleting: 'deleting…',
    notSent: 'not sent',
    notSaved: 'edit not saved',
    notDeleted: 'not deleted',
    retry: 'Retry',
    discard: 'Discard',
    edit: 'Edit message',
    editLabel: 'Edit your message',
    save: 'Save edit',
    cancel: 'Cancel edit',
    emptyEdit: 'A message cannot be empty. Delete it instead.',
    delete: 'Delete message',
    confirmDelete: 'Delete this message?',
    confirm: 'Delete',
    keep: 'Keep',
  },

  connection: {
    connecting: 'Connecting…',
    offline: 'Offline. Reconnecting; what you write is kept and sent then.',
    failed: 'The connection failed.',
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
  return count.toLocaleString('en');
}
