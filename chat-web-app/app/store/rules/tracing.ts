import { RowChangeMessageSchema } from '@chat/contract';
import { safeParse } from 'valibot';
import type { IncomingMessage } from '../../api/realtime';
import type { ChatStore } from '../index';
import { targetOf } from '../outbox/entry';
import { toArrival } from '../trace/arrival';

/** Measures the way of the newest own message, on this page's clock. */
export function followNewestMessage(store: ChatStore): void {
  store.watch(
    (state) => state.outbox.entries.findLast(({ status }) => status === 'sending'),
    (entry) => {
      if (!entry || entry.id === store.state.trace.current?.id) return;
      const { id, name } = entry;
      const content = entry.name === 'deletedMsg' ? null : entry.data.content;
      const publishedAt = performance.now();
      store.commit('trace/published', { id, name, target: targetOf(entry), content, publishedAt });
    },
    { flush: 'sync' },
  );
  store.watch(
    (state) => state.outbox.entries.find(({ id }) => id === state.trace.current?.id)?.status,
    (status) => {
      const id = store.state.trace.current?.id;
      if (id !== undefined && status === 'taken') store.commit('trace/taken', { id, at: performance.now() });
    },
    { flush: 'sync' },
  );
}

/** A message of the incoming channel may be the row of the one that is followed. */
export function traceArrival(store: ChatStore, message: IncomingMessage): void {
  const { current } = store.state.trace;
  if (!current || current.arrival) return;
  const change = safeParse(RowChangeMessageSchema, message.data);
  if (!change.success) return;
  const { row } = change.output;
  // Of two edits under way, only the one that is followed brings this text.
  if (row.msg_id !== current.target || (current.content !== null && row.msg_data !== current.content)) return;
  store.commit('trace/arrived', { arrival: toArrival(change.output, message), at: performance.now() });
  // The frame after the one that is being made: then it is on the screen.
  requestAnimationFrame(() =>
    requestAnimationFrame(() => store.commit('trace/shown', { id: current.id, at: performance.now() })),
  );
}
