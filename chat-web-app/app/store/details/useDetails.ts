import { computed } from 'vue';
import { useChatStore } from '../key';

/** What "Description and details" shows, and how to open it from elsewhere. */
export function useDetails() {
  const store = useChatStore();
  return {
    showsDiagram: computed({
      get: () => store.state.details.showsDiagram,
      set: (shows: boolean) => store.commit('details/diagramSwitched', shows),
    }),
    isSheetOpen: computed({
      get: () => store.state.details.isSheetOpen,
      set: (isOpen: boolean) => store.commit('details/sheetMoved', isOpen),
    }),
    /** True from `open` until the section "Follow a message" has taken the focus. */
    isTraceWanted: computed(() => store.state.details.isTraceWanted),
    /** Shows "Follow a message". Where the details are in a sheet, it opens on `isTraceWanted`. */
    open: () => store.commit('details/traceWanted'),
    focused: () => store.commit('details/traceFocused'),
  };
}
