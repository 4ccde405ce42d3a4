/** What this tab stores for a reload. A new tab starts empty, with a new identity. */
export interface TabStorage {
  read(key: TabKey): string | undefined;
  write(key: TabKey, value: string): void;
  /** Removes everything, for a person who has not written anything in this tab. */
  clear(): void;
}

/** `owner`: the name under which this tab holds its identity, see `api/identities`. */
export type TabKey = 'owner' | 'identity' | 'nickname' | 'sendQueue' | 'drafts';

const PREFIX = 'chat.';

/**
 * The browser's sessionStorage. Where the person's settings forbid it, the page still works; a
 * reload then issues a new identity and loses drafts. That is logged, not shown.
 */
export function createTabStorage(storage: () => Storage = () => window.sessionStorage): TabStorage {
  function attempt<Result>(action: string, use: (storage: Storage) => Result): Result | undefined {
    try {
      return use(storage());
    } catch (error) {
      console.warn(
        `sessionStorage failed to ${action}: a reload will issue a new identity and lose drafts.`,
        error,
      );
      return undefined;
    }
  }
  return {
    read: (key) => attempt('read', (store) => store.getItem(PREFIX + key)) ?? undefined,
    write: (key, value) => attempt('write', (store) => store.setItem(PREFIX + key, value)),
    clear: () =>
      attempt('clear', (store) => {
        for (const key of Object.keys(store)) if (key.startsWith(PREFIX)) store.removeItem(key);
      }),
  };
}
