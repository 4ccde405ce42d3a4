import { createChatStore } from '~/store';
import { startChat } from '~/store/start';
import { fakeApi } from './fake-api';

/** A store that was started as the page starts it, joined as "Me" and live. */
export async function startedStore(api = fakeApi()) {
  const store = createChatStore(api, true);
  api.kept.set('nickname', 'Me');
  await startChat(store, api);
  api.listener?.onStatus('live');
  return { api, store };
}
