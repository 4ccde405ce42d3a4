import { Int8Schema } from '@chat/contract';
import * as v from 'valibot';

const LastVisitSchema = v.object({
  /** A cursor of chat-changes: everything committed before it was displayed. */
  cursor: v.string(),
  /** The newest message. */
  newest: v.object({
    created_at_timestamp: Int8Schema,
    incremental_record_id: Int8Schema,
    msg_id: v.string(),
  }),
  /** ms since the epoch */
  at: v.number(),
  /** Messages that were known to be deleted. */
  deleted: v.array(v.string()),
});

/** What this browser displayed of the chat when it did so last, in any tab. */
export type LastVisit = v.InferOutput<typeof LastVisitSchema>;

export interface LastVisits {
  read(): LastVisit | undefined;
  write(visit: LastVisit): void;
}

const KEY = 'chat.lastVisit';

/** The browser's localStorage. Where the person's settings forbid it, no return is noticed. */
export function createLastVisits(storage: () => Storage = () => window.localStorage): LastVisits {
  function attempt<Result>(action: string, use: (storage: Storage) => Result): Result | undefined {
    try {
      return use(storage());
    } catch (error) {
      console.info(`localStorage failed to ${action}: the next visit does not say what changed.`, error);
      return undefined;
    }
  }
  return {
    read() {
      const text = attempt('read', (store) => store.getItem(KEY));
      const visit = v.safeParse(v.pipe(v.string(), v.parseJson(), LastVisitSchema), text);
      return visit.success ? visit.output : undefined;
    },
    write: (visit) => void attempt('write', (store) => store.setItem(KEY, toText(visit))),
  };
}

/** Int8Schema accepts the digits of a bigint, for which JSON has no form. */
function toText(visit: LastVisit): string {
  return JSON.stringify(visit, (_name, part: unknown) => (typeof part === 'bigint' ? String(part) : part));
}
