import type { RowChange } from '@chat/contract';
import { createChatStore, type ChatStore } from '~/store';
import { systemClock } from '~/store/clock';
import { startChat } from '~/store/start';
import { aSession, fakeApi, incoming } from '../support/fake-api';
import type { FakeApi } from '../support/fake-api';
import type { Chances } from './chances';
import type { ChatDatabase } from './chat-database';
import type { Network } from './network';

/** ms by which the clock of the server of tokens is ahead of Ably's. */
const SERVER_AHEAD = 30;

interface World {
  database: ChatDatabase;
  network: Network;
  chances: Chances;
}

export interface Person {
  clientId: string;
  /** ms by which the clock of their computer is ahead of the servers'. */
  clockAhead: number;
}

/** A tab of the page with its real store, which a reload replaces. */
async function openTab({ clientId, clockAhead }: Person, stored: FakeApi['stored'], world: World) {
  const { database, network, chances } = world;
  const clock = { ...systemClock, now: () => Date.now() + clockAhead };
  const api = Object.assign(fakeApi(), { stored, clock });
  let isOpen = true;
  let isOnline = true;
  const whileOpen = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    if (!isOpen) return new Promise(() => undefined);
    if (!isOnline) throw new Error('The tab is offline.');
    return work();
  };
  // The server makes the time of its token request.
  const session = aSession(clientId);
  session.tokenRequest.timestamp += SERVER_AHEAD;
  api.startSession = () => Promise.resolve(session);
  api.onPublish = (message) => whileOpen(() => network.publish(clientId, message));
  api.history = () => whileOpen(() => network.track(() => database.history()));
  api.changes = (since) => whileOpen(() => network.track(() => database.changes(since)));
  api.tab.write = (key, value) => void (isOpen && stored.set(key, value));

  let lastArrival = 0;
  let hasGap = false;
  /** Row changes arrive in order; a loss of continuity ends with an attachment that reports it. */
  const receive = (change: RowChange) => {
    if (hasGap) return;
    if (chances.fault(15)) {
      hasGap = true;
      setTimeout(reattach, chances.delay(100, 20_000, 50_000));
      return;
    }
    lastArrival = Math.max(lastArrival, Date.now() + chances.delay(5, 50, 2_000));
    const arrive = () => isOpen && isOnline && api.listener?.onRowChange(incoming(change));
    setTimeout(arrive, lastArrival - Date.now());
  };
  const reattach = () => {
    if (!isOnline) return;
    hasGap = false;
    if (isOpen) api.listener?.onAttached({ resumed: false, truncated: false });
  };
  const goOnline = () => {
    isOnline = true;
    if (isOpen) api.listener?.onStatus('live');
    reattach();
  };
  network.subscribe(receive);

  const store = createChatStore(api, false);
  await startChat(store, api);
  api.listener?.onStatus('live');
  api.listener?.onAttached({ resumed: false, truncated: false });
  return {
    store,
    /** The connection breaks for some time. What is under way to the tab is lost. */
    goOffline(): void {
      if (!isOnline) return;
      isOnline = false;
      hasGap = true;
      api.listener?.onStatus('offline');
      setTimeout(goOnline, chances.delay(1_000, 15_000, 200_000));
    },
    /** Nothing of it happens any more, as after a crash. */
    close: () => {
      isOpen = false;
      network.unsubscribe(receive);
    },
  };
}

/** A person with one tab, and what they intend each of their messages to be in the end. */
export async function createAuthor(person: Person, world: World) {
  const { clientId } = person;
  const stored: FakeApi['stored'] = new Map([['nickname', clientId]]);
  /** Message id → text, null for a deleted one. In the order of writing. */
  const intent = new Map<string, string | null>();
  let tab = await openTab(person, stored, world);
  let texts = 0;
  let acts = 0;
  let retried = 0;

  const newText = () => `${clientId} ${++texts}`;
  const chooseOwn = (n: number): string | undefined => {
    const ids = [...intent].flatMap(([id, text]) => (text === null ? [] : [id]));
    return ids[n % ids.length];
  };

  return {
    intent,
    entries: (): ChatStore['state']['sending']['entries'] => tab.store.state.sending.entries,
    send(): void {
      acts += 1;
      const content = newText();
      void tab.store.dispatch('sending/send', content);
      const id = tab.store.state.sending.entries.at(-1)?.id;
      if (id === undefined) throw new Error('The queue has no entry for the message just sent.');
      intent.set(id, content);
    },
    edit(n: number): void {
      const msgId = chooseOwn(n);
      if (msgId === undefined) return;
      acts += 1;
      const content = newText();
      void tab.store.dispatch('sending/edit', { msgId, content });
      intent.set(msgId, content);
    },
    remove(n: number): void {
      const msgId = chooseOwn(n);
      if (msgId === undefined) return;
      acts += 1;
      void tab.store.dispatch('sending/remove', msgId);
      intent.set(msgId, null);
    },
    async reload(): Promise<void> {
      tab.close();
      tab = await openTab(person, stored, world);
    },
    goOffline: () => tab.goOffline(),
    /** What the tab shows: message id → text. */
    shown: (): [string, string | null][] =>
      tab.store.getters['messages/rows'].map(({ msg_id, msg_data }) => [msg_id, msg_data]),
    /** What the page gave up, the person retries. */
    retryFailed(): void {
      for (const { id, status } of tab.store.state.sending.entries) {
        if (status !== 'failed' && status !== 'overdue') continue;
        retried += 1;
        void tab.store.dispatch('sending/retry', id);
      }
    },
    /** What the page published, and how often the person had to help. */
    effort: () => ({ acts, retried }),
    leave: () => tab.close(),
  };
}

export type Author = Awaited<ReturnType<typeof createAuthor>>;
