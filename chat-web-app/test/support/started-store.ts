import type { ChatRow } from '@chat/contract';
import { test as base } from 'vitest';
import { createChatStore } from '~/store';
import { createShownList } from '~/store/messages/shown-list';
import { startChat } from '~/store/start';
import { anInsert } from './a-row';
import { fakeApi, incoming } from './fake-api';

/** A store started as the page starts it, joined as "Me" (client id `me`) and live. */
export async function startedStore(api = fakeApi()) {
  const store = createChatStore(api, true);
  api.stored.set('nickname', 'Me');
  await startChat(store, api);
  api.listener?.onStatus('live');
  return {
    api,
    store,
    /** A row change arrives on the incoming channel. */
    receive: (data: unknown) => api.listener?.onRowChange(incoming(data)),
    insert: (row: ChatRow) => api.listener?.onRowChange(incoming(anInsert(row))),
    /** The messages on screen. */
    shown: () => {
      const { messages, sending, session } = store.state;
      const list = createShownList(messages.timeline, sending.entries, session.clientId);
      return Array.from({ length: list.count }, (_, index) => list.at(index));
    },
  };
}

/** Each test has a started store of its own. */
export const test = base.extend('chat', () => startedStore());
