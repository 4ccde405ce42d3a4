/** The texts about a message's address, copying, and SQL: they load with what shows them. */
export const sharingStrings = {
  copyText: 'Copy text',
  copyLink: 'Copy link',
  copy: 'Copy',
  copied: 'Copied.',
  notCopied: 'The browser did not allow copying.',

  target: {
    searching: 'Looking for the message…',
    gone: 'There is no such message: it was deleted, or it never existed.',
    tooFar: 'The message is too far back to be shown here.',
    failed: 'The message could not be loaded.',
  },

  outside: {
    invitation: 'Or change a message outside the chat: say hello, run this in psql, and watch.',
    statement:
      "update chat_data set msg_data = msg_data || ', said psql'\n" +
      '  where incremental_record_id = (select max(incremental_record_id) from chat_data);',
    openBefore: 'On your own machine, ',
    start: 'npm start -- --json',
    openBetween: ' prints the address of the database as "postgres". With it in DATABASE_URL, ',
    psql: 'psql "$DATABASE_URL"',
    openAfter: ' opens it.',
  },
} as const;
