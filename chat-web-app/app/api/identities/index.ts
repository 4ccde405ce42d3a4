import type { TabStorage } from '../tab-storage';
import { createIdentityLocks } from './locks';
import type { LockApi } from './locks';
import type { IdentityRecords } from './records';

/** An identity whose tab is closed, which this tab can continue. */
export interface Offer {
  owner: string;
  nickname: string;
  /** ms since the epoch */
  usedAt: number;
}

/**
 * Moves the tab storage to another identity, at once, and returns its owner. It is separate from the
 * claim, which takes time: what the store persists meanwhile is still the old identity's.
 */
export type Move = () => string;

/**
 * The identities of this browser. `owner` is a random name for the holder of one, as the clientId is
 * known only after the server has answered. One live tab holds an identity.
 */
export interface Identities {
  /** Keeps the identity that the tab stored before a reload, unless another live tab holds it. */
  resume(): Promise<string>;
  /** A new person. */
  begin(): Promise<Move>;
  /** Resolves with undefined when another tab was faster. */
  continueAs(owner: string): Promise<Move | undefined>;
  /**
   * Records that this tab uses its identity, once it has a nickname. Returns whether the identity can
   * be continued when it is left, with what it has not sent.
   */
  remember(): boolean;
  forget(owner: string): void;
  /** Calls with the offers now, and whenever they change. Returns the function that ends it. */
  watchOffers(show: (offers: Offer[]) => void): () => void;
}

/** Older ones are removed, with what they had not sent. */
export const MAX_OFFERS = 5;

interface Browser {
  tab: TabStorage;
  records: IdentityRecords;
  /** undefined: a duplicated tab is the same author, and closed tabs cannot be continued. */
  lockApi: LockApi | undefined;
  now?: () => number;
  page?: Pick<Window, 'addEventListener'> & { location: Pick<Location, 'reload'> };
}

export function createIdentities(browser: Browser): Identities {
  const { tab, records, lockApi, now = Date.now, page = window } = browser;
  const locks = lockApi && createIdentityLocks(lockApi);
  let owner = '';

  async function claim(candidate: string): Promise<boolean> {
    try {
      return (await locks?.claim(candidate)) ?? true;
    } catch (error) {
      console.warn('The browser forbids locks: a duplicated tab is the same author.', error);
      return true;
    }
  }

  function write(unsent: { sendQueue?: string; drafts?: string }): boolean {
    const identity = tab.read('identity');
    const nickname = tab.read('nickname');
    if (!locks || identity === undefined || nickname === undefined) return false;
    return records.write(owner, { identity, nickname, usedAt: now(), ...unsent });
  }
  /** While the tab lives its own storage has the send queue; a copy would be outdated. */
  const remember = () => write({});
  const keep = () => write({ sendQueue: tab.read('sendQueue'), drafts: tab.read('drafts') });

  function moveTo(next: string): string {
    keep();
    locks?.release(owner);
    tab.clear();
    tab.write('owner', next);
    return (owner = next);
  }

  async function listRecords() {
    const held = (await locks?.held()) ?? new Set<string>();
    const all = records.list();
    const closed = all.filter(([candidate]) => !held.has(candidate));
    for (const [candidate] of closed.splice(MAX_OFFERS)) records.remove(candidate);
    return { closed, live: all.filter(([candidate]) => held.has(candidate) && candidate !== owner) };
  }

  const identities: Identities = {
    async resume() {
      const stored = tab.read('owner');
      if (stored !== undefined && (await claim(stored))) {
        owner = stored;
        remember();
        return owner;
      }
      // A duplicate has a copy of the original's storage, which belongs to another person.
      if (stored !== undefined) tab.clear();
      owner = createOwner();
      tab.write('owner', owner);
      await claim(owner);
      return owner;
    },
    async begin() {
      const next = createOwner();
      await claim(next);
      return () => moveTo(next);
    },
    async continueAs(next) {
      if (!(await claim(next))) return undefined;
      const record = records.read(next);
      if (!record) {
        locks?.release(next);
        return undefined;
      }
      return () => {
        moveTo(next);
        for (const key of ['identity', 'nickname', 'sendQueue', 'drafts'] as const) {
          const value = record[key];
          if (value !== undefined) tab.write(key, value);
        }
        remember();
        return next;
      };
    },
    remember,
    forget: (candidate) => records.remove(candidate),
    watchOffers(show) {
      if (!locks) return () => undefined;
      let waiting = new AbortController();
      const refresh = async () => {
        waiting.abort();
        waiting = new AbortController();
        const { signal } = waiting;
        const { closed, live } = await listRecords();
        if (signal.aborted) return;
        show(closed.map(([candidate, { nickname, usedAt }]) => ({ owner: candidate, nickname, usedAt })));
        for (const [candidate] of live) locks.untilFree(candidate, signal).then(update, logUnlessAborted);
      };
      const update = () => void refresh().catch(logUnlessAborted);
      const stop = records.watch(update);
      update();
      return () => {
        waiting.abort();
        stop();
      };
    },
  };

  // The lock is released before the page is destroyed, so that the reloaded page finds it free. A
  // page in the back/forward cache is not live: another tab may continue its identity.
  page.addEventListener('pagehide', () => {
    keep();
    locks?.release(owner);
  });
  page.addEventListener('pageshow', ({ persisted }) => {
    if (!persisted) return;
    void claim(owner).then((isMine) => (isMine ? remember() : page.location.reload()));
  });
  return identities;
}

function createOwner(): string {
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join('-');
}

function logUnlessAborted(error: unknown): void {
  if (error instanceof DOMException && error.name === 'AbortError') return;
  console.warn('Listing the identities of closed tabs failed.', error);
}
