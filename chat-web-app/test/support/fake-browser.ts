import { createIdentities } from '~/api/identities';
import type { LockApi } from '~/api/identities/locks';
import { createIdentityRecords } from '~/api/identities/records';
import { createChatStore } from '~/store';
import { startChat } from '~/store/start';
import { vi } from 'vitest';
import { aSession, fakeApi } from './fake-api';
import type { FakeApi } from './fake-api';

interface Request {
  name: string;
  mode: LockMode;
  grant: () => void;
}

/** The Web Locks of one browser: first come, first served, as the standard has it. */
class FakeLocks {
  #held: Request[] = [];
  #waiting: Request[] = [];

  request(name: string, options: LockOptions, use: (lock: Lock | null) => unknown): Promise<unknown> {
    const { mode = 'exclusive', ifAvailable, signal } = options;
    return new Promise((resolve, reject) => {
      const run = (lock: Lock | null) => Promise.resolve(use(lock)).then(resolve, reject);
      const request: Request = {
        ...{ name, mode },
        grant: () => {
          this.#held.push(request);
          void run({ name, mode }).then(() => {
            this.#held = this.#held.filter((other) => other !== request);
            this.#serve();
          });
        },
      };
      const isFree = !this.#blocks(request, [...this.#held, ...this.#waiting]);
      if (ifAvailable && !isFree) return void run(null);
      this.#waiting.push(request);
      signal?.addEventListener('abort', () => {
        this.#waiting = this.#waiting.filter((other) => other !== request);
        reject(new DOMException('aborted', 'AbortError'));
      });
      this.#serve();
    });
  }

  query(): Promise<LockManagerSnapshot> {
    return Promise.resolve({ held: this.#held.map(({ name, mode }) => ({ name, mode })), pending: [] });
  }

  #blocks({ name, mode }: Request, others: Request[]): boolean {
    return others.some(
      (other) => other.name === name && (mode === 'exclusive' || other.mode === 'exclusive'),
    );
  }

  #serve(): void {
    const [...queue] = this.#waiting;
    queue.forEach((request, index) => {
      if (this.#blocks(request, [...this.#held, ...queue.slice(0, index)])) return;
      this.#waiting = this.#waiting.filter((other) => other !== request);
      request.grant();
    });
  }
}

/** Delivers each message to every other tab, in a task of its own. */
class FakeChannel extends EventTarget {
  readonly #tabs: Set<FakeChannel>;

  constructor(tabs: Set<FakeChannel>) {
    super();
    this.#tabs = tabs.add(this);
  }
  postMessage(data: unknown): void {
    for (const tab of this.#tabs) {
      if (tab !== this) queueMicrotask(() => tab.dispatchEvent(new MessageEvent('message', { data })));
    }
  }
  close(): void {
    this.#tabs.delete(this);
  }
}

/** A browser with tabs that share locks and localStorage. */
export function fakeBrowser() {
  window.localStorage.clear();
  const locks = new FakeLocks() as unknown as Pick<LockManager, 'request' | 'query'>;
  const tabs = new Set<FakeChannel>();
  let people = 0;

  /** @param stored the content of its sessionStorage: of another tab for a duplicate or a reload */
  async function openTab(stored: FakeApi['stored'] = new Map(), { hasLocks = true } = {}) {
    const channel = new FakeChannel(tabs);
    const api = Object.assign(fakeApi(), { stored });
    const page = Object.assign(new EventTarget(), { location: { reload: vi.fn() } });
    api.identities = createIdentities({
      tab: api.tab,
      records: createIdentityRecords(),
      lockApi: hasLocks ? ({ locks, channel } as unknown as LockApi) : undefined,
      page: page as unknown as Window,
    });
    let gate = Promise.resolve();
    api.startSession = async (identity) => {
      await gate;
      return aSession(identity?.replace('credential of ', '') ?? `person ${++people}`);
    };
    let closed = 0;
    api.realtime.close = () => (closed += 1);
    const store = createChatStore(api, true);
    await startChat(store, api);
    api.listener?.onStatus('live');
    return {
      api,
      store,
      page,
      session: () => store.state.session,
      offered: () => store.state.session.offers.map(({ nickname }) => nickname),
      /** The times that the connection was closed. */
      closed: () => closed,
      /** Requests to start a session from now on are answered after this. */
      answerSessionsAfter(condition: Promise<void>): void {
        gate = condition;
      },
      /** Whether a live page holds its identity. */
      isHeld: async () => {
        const { held = [] } = await locks.query();
        return held.some(({ name }) => name === `chat.identity.${store.state.session.owner ?? ''}`);
      },
      /** The page answers no longer, but has not released its identity. */
      silence: () => channel.close(),
      /** The page is destroyed: its last event, then silence. */
      close: () => {
        page.dispatchEvent(new Event('pagehide'));
        channel.close();
      },
    };
  }
  return {
    openTab,
    /** What the browser reports to the other tabs when one writes to localStorage. */
    announceRecords: () => window.dispatchEvent(new StorageEvent('storage', { key: 'chat.identity.any' })),
  };
}

export type FakeTab = Awaited<ReturnType<ReturnType<typeof fakeBrowser>['openTab']>>;
