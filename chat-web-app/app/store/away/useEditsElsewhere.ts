import { computed, onBeforeUnmount, ref, watch } from 'vue';
import type { Ref } from 'vue';
import { useChatStore } from '../key';
import type { Arrival } from '../messages/state';
import { isRow } from '../messages/timeline';

/** Where a message is, seen from the reader; undefined when it is not in the list. */
export type Place = 'above' | 'visible' | 'below' | undefined;

/**
 * The messages that others edited, or SQL changed, above and below what the reader sees. One that
 * comes into view, or is deleted, is no longer listed.
 * @param placeOf where a message is now
 * @param moved changes whenever places may have changed
 */
export function useEditsElsewhere(placeOf: (msgId: string) => Place, moved: Ref<unknown>) {
  const store = useChatStore();
  const places = ref(new Map<string, Place>());

  /** Called before the change is applied, so that the row it replaces is still held. */
  function note({ type, row }: Arrival): void {
    const held = store.state.messages.timeline.byId.get(row.msg_id);
    if (type !== 'UPDATE' || !isRow(held) || row.revision <= held.revision) return;
    if (row.client_id === store.state.session.clientId && row.source !== 'database') return;
    keep(row.msg_id);
  }
  function keep(msgId: string): void {
    const place = placeOf(msgId);
    if (place === 'above' || place === 'below') places.value.set(msgId, place);
    else places.value.delete(msgId);
  }
  const stop = store.subscribe(({ type, payload }) => {
    if (type === 'messages/arrived') note(payload as Arrival);
  });
  onBeforeUnmount(stop);
  watch(moved, () => [...places.value.keys()].forEach(keep), { flush: 'post' });

  /** The last one edited. */
  const lastOf = (wanted: Place) => [...places.value].findLast(([, place]) => place === wanted)?.[0];
  const countOf = (wanted: Place) => [...places.value.values()].filter((place) => place === wanted).length;

  async function show(msgId: string | undefined): Promise<void> {
    if (msgId === undefined) return;
    places.value.delete(msgId);
    await store.dispatch('messages/show', msgId);
    store.commit('versions/opened', { msgId, revision: null });
  }
  return {
    above: computed(() => countOf('above')),
    below: computed(() => countOf('below')),
    showAbove: () => show(lastOf('above')),
    showBelow: () => show(lastOf('below')),
  };
}
