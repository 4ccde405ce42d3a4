export interface DetailsState {
  /** The diagram and the trace in place of the code sample. */
  showsDiagram: boolean;
  /** The person asked for the trace, and its section has not taken the focus yet. */
  isTraceWanted: boolean;
  /** The bottom sheet of a narrow page; on a wide page the details have a column. */
  isSheetOpen: boolean;
}

const mutations = {
  diagramSwitched(state: DetailsState, shows: boolean): void {
    state.showsDiagram = shows;
  },
  traceWanted(state: DetailsState): void {
    state.showsDiagram = true;
    state.isTraceWanted = true;
  },
  traceFocused(state: DetailsState): void {
    state.isTraceWanted = false;
  },
  sheetMoved(state: DetailsState, isOpen: boolean): void {
    state.isSheetOpen = isOpen;
  },
};

/** What "Description and details" shows, in whichever place the window has for it. */
export function createDetailsModule() {
  return {
    namespaced: true as const,
    state: (): DetailsState => ({ showsDiagram: false, isTraceWanted: false, isSheetOpen: false }),
    mutations,
  };
}
