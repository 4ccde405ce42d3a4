import { computed, ref } from 'vue';
import type { Ref } from 'vue';
import type { ShownList } from '~/store/messages/shown-list';
import type { Place } from '~/store/away/useEditsElsewhere';
import type { Range } from './window-range';

/** Where messages are, seen from the reader. */
export function useMessagePlaces(box: Ref<HTMLElement | null>, list: Ref<ShownList>, range: Ref<Range>) {
  const scrolls = ref(0);

  function placeOf(msgId: string): Place {
    const index = list.value.indexOf(msgId);
    if (index < 0) return undefined;
    if (index < range.value.from) return 'above';
    const view = box.value?.getBoundingClientRect();
    const item = box.value
      ?.querySelector(`[data-message-id="${CSS.escape(msgId)}"]`)
      ?.getBoundingClientRect();
    if (!view || !item) return 'below';
    if (item.bottom <= view.top) return 'above';
    return item.top >= view.bottom ? 'below' : 'visible';
  }

  return {
    placeOf,
    /** Changes whenever places may have changed. */
    moved: computed(() => [scrolls.value, list.value, range.value]),
    noteScroll: () => void (scrolls.value += 1),
  };
}
