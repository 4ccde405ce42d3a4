import { onBeforeUnmount, ref, shallowRef } from 'vue';
import { ofPresent, withTime } from '../../utils/permalink';
import { useChatStore } from '../key';
import { setAddress } from '../permalink/address';
import { toLife } from './life';
import type { Life } from './life';

/** ms without a movement before the address follows: browsers limit how often it changes. */
const PAUSE = 300;

/** The chat's life, and how to move in it. */
export function useLife() {
  const store = useChatStore();
  const life = shallowRef<Life>();
  const status = ref<'loading' | 'loaded' | 'failed'>('loading');
  let pausing: ReturnType<typeof setTimeout> | undefined;

  async function read(): Promise<void> {
    status.value = 'loading';
    try {
      life.value = toLife(await store.dispatch('past/readTimeline'));
      status.value = 'loaded';
    } catch (error) {
      console.warn('Reading the times of the chat failed.', error);
      status.value = 'failed';
    }
  }
  void read();
  onBeforeUnmount(() => clearTimeout(pausing));

  return {
    life,
    status,
    read,
    /** Shows another time. The message of the address belonged to the one before. */
    slide(at: number): void {
      store.commit('past/moved', at);
      clearTimeout(pausing);
      pausing = setTimeout(
        () => setAddress(withTime(ofPresent(window.location.search), at), { isCorrection: true }),
        PAUSE,
      );
    },
  };
}
