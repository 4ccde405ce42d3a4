import { onBeforeUnmount, onMounted, ref } from 'vue';

/** ms. Often enough for "today" to end at midnight. */
const TICK = 30_000;

/** The time, ms since the epoch, moving on while the component is there. */
export function useNow() {
  const now = ref(Date.now());
  let ticking: ReturnType<typeof setInterval> | undefined;
  onMounted(() => {
    ticking = setInterval(() => (now.value = Date.now()), TICK);
  });
  onBeforeUnmount(() => clearInterval(ticking));
  return now;
}
