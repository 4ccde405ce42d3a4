/**
 * Which identities are held by a live tab of this browser: a Web Lock for each. The browser releases
 * the lock of a tab that closes or crashes.
 */
export interface IdentityLocks {
  /** Resolves with true once this tab holds the identity, with false when another live tab does. */
  claim(owner: string): Promise<boolean>;
  release(owner: string): void;
  /** The identities that live tabs hold, this one included. */
  held(): Promise<Set<string>>;
  /** Resolves once no tab holds the identity. @throws AbortError */
  untilFree(owner: string, signal: AbortSignal): Promise<void>;
}

/** What this needs of the browser, so that a test can supply it. */
export interface LockApi {
  locks: Pick<LockManager, 'request' | 'query'>;
  /** Between the tabs of this browser: who holds which identity. */
  channel: Pick<BroadcastChannel, 'postMessage' | 'addEventListener' | 'removeEventListener'>;
}

type Release = () => void;
type Talk = { asks: string } | { holds: string };

const PREFIX = 'chat.identity.';

/**
 * ms. The page of a tab that reloads is gone long before, and a live one has answered. One that does
 * neither is frozen; it keeps its identity.
 */
const ANSWER_TIME = 3_000;

/** Returns the browser's, or undefined where there is none: without HTTPS, or in an old browser. */
export function findLockApi(): LockApi | undefined {
  const { locks } = navigator as { locks?: LockManager };
  if (!locks || typeof BroadcastChannel === 'undefined') return undefined;
  return { locks, channel: new BroadcastChannel('chat.identities') };
}

export function createIdentityLocks({ locks, channel }: LockApi): IdentityLocks {
  const releases = new Map<string, Release>();
  const say = (message: Talk) => channel.postMessage(message);

  channel.addEventListener('message', ({ data }: MessageEvent<Talk>) => {
    if ('asks' in data && releases.has(data.asks)) say({ holds: data.asks });
  });

  /** Resolves with undefined when the options do not let it wait and the lock is not available. */
  function hold(owner: string, options: LockOptions): Promise<Release | undefined> {
    return new Promise((resolve, reject) => {
      const holding = (lock: Lock | null) =>
        lock ? new Promise<void>((release) => resolve(release)) : resolve(undefined);
      locks.request(PREFIX + owner, options, holding).catch(reject);
    });
  }

  /**
   * Waits for the lock until a live tab says that it holds it. A reloaded page asks while the page
   * that it replaces is being destroyed, which no longer answers.
   */
  async function outlast(owner: string): Promise<Release | undefined> {
    const waiting = new AbortController();
    const listen = ({ data }: MessageEvent<Talk>) => {
      if ('holds' in data && data.holds === owner) waiting.abort();
    };
    const bound = setTimeout(() => waiting.abort(), ANSWER_TIME);
    channel.addEventListener('message', listen);
    say({ asks: owner });
    try {
      return await hold(owner, { signal: waiting.signal });
    } catch (error) {
      if (waiting.signal.aborted) return undefined;
      throw error;
    } finally {
      clearTimeout(bound);
      channel.removeEventListener('message', listen);
    }
  }

  return {
    async claim(owner) {
      if (releases.has(owner)) return true;
      const release = (await hold(owner, { ifAvailable: true })) ?? (await outlast(owner));
      if (!release) return false;
      releases.set(owner, release);
      // For a tab that asked before this one could answer.
      say({ holds: owner });
      return true;
    },
    release(owner) {
      releases.get(owner)?.();
      releases.delete(owner);
    },
    async held() {
      const { held = [] } = await locks.query();
      // `shared`: a tab that waits in untilFree().
      const names = held.filter(({ mode }) => mode === 'exclusive').map(({ name = '' }) => name);
      return new Set(
        names.filter((name) => name.startsWith(PREFIX)).map((name) => name.slice(PREFIX.length)),
      );
    },
    untilFree: (owner, signal) => locks.request(PREFIX + owner, { mode: 'shared', signal }, () => undefined),
  };
}
