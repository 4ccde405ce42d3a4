/** What this tab keeps over a reload. A new tab starts empty: it is a new person. */
export interface TabStorage {
  read(key: TabKey): string | undefined;
  write(key: TabKey, value: string): void;
}

export type TabKey = 'identity' | 'nickname' | 'sendQueue' | 'drafts';

/**
 * The browser's sessionStorage. Where the person's settings forbid it, this page still works and only a reload makes a
 * new person and loses drafts, so a refusal is told on the console and not to them.
 */
export function createTabStorage(storage: () => Storage = () => window.sessionStorage): TabStorage {
  function attempt<Result>(what: string, use: (storage: Storage) => Result): Result | undefined {
    try {
      return use(storage());
    } catch (error) {
      console.warn(`The browser refused to ${what} sessionStorage; a reload will make a new person.`, error);
      return undefined;
    }
  }
  return {
    read: (key) => attempt('read', (store) => store.getItem(`chat.${key}`)) ?? undefined,
    write: (key, value) => attempt('write', (store) => store.setItem(`chat.${key}`, value)),
  };
}
