import { RowChangeMessageSchema } from '@chat/contract';
import { safeParse } from 'valibot';
import type { IncomingMessage } from '../../api/realtime/types';
import type { ChatStore } from '../index';
import { targetOf } from '../sending/entry';
import type { SendEntry } from '../sending/entry';
import { toArrival } from './arrival';
import type { RowArrival } from './arrival';
import type { Trace } from './module';

/** Follows the newest message of this tab through the send queue, on the page's clock. */
export function traceNewestMessage(store: ChatStore): void {
  // Not looked up in the queue: an acknowledgement that confirms an entry also removes it there.
  let traced: SendEntry | undefined;
  store.watch(
    ({ sending }) => sending.entries.findLast(({ status }) => status === 'publishing'),
    (entry) => {
      const { current } = store.state.trace;
      // After a lost connection the queue publishes again; the first attempt may have arrived.
      if (!entry || (entry.id === current?.id && !current.ended)) return;
      // An older entry that did not come back is published again.
      if (entry.attempt > 1 && entry.id !== current?.id) return;
      traced = entry;
      store.commit('trace/published', startOf(entry));
    },
    { flush: 'sync' },
  );
  store.watch(
    ({ trace }) => (trace.current?.id === traced?.id ? traced?.status : undefined),
    (status) => {
      if (!traced) return;
      const { id } = traced;
      if (status === 'acknowledged') store.commit('trace/acknowledged', { id, at: performance.now() });
      if (status === 'failed') store.commit('trace/ended', { id, as: 'rejected' });
    },
    { flush: 'sync' },
  );
  store.watch(
    ({ sending, trace }) => sending.entries.some(({ id }) => id === trace.current?.id),
    (isQueued) => {
      const { current } = store.state.trace;
      if (isQueued || !current || current.ended || current.arrivedAt !== undefined) return;
      if (isInDatabase(store, current)) arrive(store, current);
      else store.commit('trace/ended', { id: current.id, as: 'superseded' });
    },
    { flush: 'sync' },
  );
}

function startOf(entry: SendEntry): Trace {
  const { id, name } = entry;
  const content = entry.name === 'deletedMsg' ? null : entry.data.content;
  return { id, name, target: targetOf(entry), content, publishedAt: performance.now() };
}

/** Whether a change that left the queue without its own row change is in the database (history). */
function isInDatabase({ state }: ChatStore, { name, target, content }: Trace): boolean {
  const row = state.messages.timeline.byId.get(target);
  if (row === undefined || row === 'deleted') return row !== undefined && name === 'deletedMsg';
  if (row.client_id !== state.session.clientId) return false;
  return name === 'chatMsg' || (name === 'editedMsg' && row.msg_data === content);
}

/** Checks whether an incoming message is the row change that the traced message caused. */
export function traceArrival(store: ChatStore, message: IncomingMessage): void {
  const { current } = store.state.trace;
  if (!current || current.arrivedAt !== undefined) return;
  const change = safeParse(RowChangeMessageSchema, message.data);
  if (!change.success) return;
  const arrival = toArrival(change.output, message);
  if (arrival.msgId !== current.target || arrival.cause !== current.name) return;
  // Two edits of one message may be on their way: the content distinguishes them.
  if (current.content !== null && change.output.row.msg_data !== current.content) return;
  arrive(store, current, arrival);
}

function arrive(store: ChatStore, { id }: Trace, arrival?: RowArrival): void {
  store.commit('trace/arrived', { id, at: performance.now(), arrival });
  // The row is on the screen in the frame after the one that renders it.
  requestAnimationFrame(() =>
    requestAnimationFrame(() => store.commit('trace/shown', { id, at: performance.now() })),
  );
}
