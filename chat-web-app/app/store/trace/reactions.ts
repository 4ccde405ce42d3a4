import { RowChangeMessageSchema } from '@chat/contract';
import { safeParse } from 'valibot';
import type { IncomingMessage } from '../../api/realtime/types';
import type { ChatStore } from '../index';
import { targetOf } from '../sending/entry';
import type { SendEntry } from '../sending/entry';
import { toArrival } from './arrival';

/** Follows the newest message of this tab through the send queue, on the page's clock. */
export function traceNewestMessage(store: ChatStore): void {
  // Not looked up in the queue: an acknowledgement that confirms an entry also removes it there.
  let traced: SendEntry | undefined;
  store.watch(
    ({ sending }) => sending.entries.findLast(({ status }) => status === 'publishing'),
    (entry) => {
      if (!entry || entry.id === store.state.trace.current?.id) return;
      const { id, name } = entry;
      const content = entry.name === 'deletedMsg' ? null : entry.data.content;
      const publishedAt = performance.now();
      traced = entry;
      store.commit('trace/published', { id, name, target: targetOf(entry), content, publishedAt });
    },
    { flush: 'sync' },
  );
  store.watch(
    ({ trace }) => (trace.current?.id === traced?.id ? traced?.status : undefined),
    (status) => {
      if (traced && status === 'acknowledged') {
        store.commit('trace/acknowledged', { id: traced.id, at: performance.now() });
      }
    },
    { flush: 'sync' },
  );
}

/** Checks whether an incoming message is the row change that the traced message caused. */
export function traceArrival(store: ChatStore, message: IncomingMessage): void {
  const { current } = store.state.trace;
  if (!current || current.arrival) return;
  const change = safeParse(RowChangeMessageSchema, message.data);
  if (!change.success) return;
  const { row } = change.output;
  // Two edits of one message may be on their way: the content distinguishes them.
  if (row.msg_id !== current.target || (current.content !== null && row.msg_data !== current.content)) return;
  store.commit('trace/arrived', { arrival: toArrival(change.output, message), at: performance.now() });
  // The row is on the screen in the frame after the one that renders it.
  requestAnimationFrame(() =>
    requestAnimationFrame(() => store.commit('trace/shown', { id: current.id, at: performance.now() })),
  );
}
