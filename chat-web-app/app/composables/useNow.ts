import { onBeforeUnmount, onMounted, ref } from 'vue';

/** ms. Short enough for "Today" to change at midnight. */
const TICK = 30_000;

/** The current time, ms since the epoch, updated while the component is mounted. */
export function useNow() {
  const now = ref(Date.now());
  let ticking: ReturnType<typeof setInterval> | undefined;
  onMounted(() => {
    ticking = setInterval(() => (now.value = Date.now()), TICK);
  });
  onBeforeUnmount(() => clearInterval(ticking));
  return now;
}
