import { IDENTITY_DAYS } from '@chat/contract';
import * as v from 'valibot';

const RecordSchema = v.object({
  /** The signed credential, as the server issued it last. */
  identity: v.string(),
  nickname: v.string(),
  /** ms since the epoch */
  usedAt: v.number(),
  /** What the tab had stored when it was closed. */
  sendQueue: v.optional(v.string()),
  drafts: v.optional(v.string()),
});

/** An identity used in this browser, kept so that its person can continue after closing the tab. */
export type IdentityRecord = v.InferOutput<typeof RecordSchema>;

export interface IdentityRecords {
  read(owner: string): IdentityRecord | undefined;
  /** Returns whether it was stored. */
  write(owner: string, record: IdentityRecord): boolean;
  remove(owner: string): void;
  /** Those that have not expired, the last used one first. */
  list(): [owner: string, record: IdentityRecord][];
  /** Calls when another tab changes a record. Returns the function that ends it. */
  watch(onChange: () => void): () => void;
}

const PREFIX = 'chat.identity.';
const LIFETIME = IDENTITY_DAYS * 24 * 3_600_000;

/**
 * The browser's localStorage, one item for each identity, so that no tab overwrites the record of
 * another. Where the person's settings forbid it, nothing is kept. That is logged, not shown.
 * @param now ms since the epoch
 */
export function createIdentityRecords(
  storage: () => Storage = () => window.localStorage,
  now: () => number = Date.now,
): IdentityRecords {
  function attempt<Result>(action: string, use: (storage: Storage) => Result): Result | undefined {
    try {
      return use(storage());
    } catch (error) {
      console.warn(`localStorage failed to ${action}: a closed tab's identity cannot be continued.`, error);
      return undefined;
    }
  }

  const records: IdentityRecords = {
    read(owner) {
      const text = attempt('read', (store) => store.getItem(PREFIX + owner)) ?? undefined;
      const record = v.safeParse(v.pipe(v.string(), v.parseJson(), RecordSchema), text);
      return record.success && record.output.usedAt > now() - LIFETIME ? record.output : undefined;
    },
    write: (owner, record) =>
      attempt('write', (store) => {
        store.setItem(PREFIX + owner, JSON.stringify(record));
        return true;
      }) ?? false,
    remove: (owner) => attempt('remove', (store) => store.removeItem(PREFIX + owner)),
    list() {
      const keys = attempt('list', (store) => Object.keys(store)) ?? [];
      const owners = keys.filter((key) => key.startsWith(PREFIX)).map((key) => key.slice(PREFIX.length));
      return owners
        .flatMap((owner): [string, IdentityRecord][] => {
          const record = records.read(owner);
          if (record) return [[owner, record]];
          records.remove(owner);
          return [];
        })
        .sort(([, a], [, b]) => b.usedAt - a.usedAt);
    },
    watch(onChange) {
      // The key is null when everything was removed.
      const listen = ({ key }: StorageEvent) => {
        if (key === null || key.startsWith(PREFIX)) onChange();
      };
      window.addEventListener('storage', listen);
      return () => window.removeEventListener('storage', listen);
    },
  };
  return records;
}
