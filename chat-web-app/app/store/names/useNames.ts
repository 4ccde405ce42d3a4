import { displayName } from '../../utils/display-name';
import { useChatStore } from '../key';

/** Names as displayed and read out. */
export function useNames() {
  const store = useChatStore();

  /**
   * Returns a name that is safe to display, with a tag like `#4f2a` while another author has the
   * same one.
   * @param fallback for a name without visible characters
   */
  function shownName(raw: string | null, clientId: string | null, fallback: string): string {
    void store.state.names.version;
    const name = displayName(raw);
    if (raw === null || name === '') return fallback;
    const tag = store.state.names.index.tagOf(raw, clientId ?? '');
    return tag === '' ? name : `${name} #${tag}`;
  }
  return { shownName };
}
