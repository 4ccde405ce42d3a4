import { onBeforeUnmount, ref, watch } from 'vue';
import type { Ref } from 'vue';

/**
 * The page's clock (`performance.now`, ms), updated each second while `isRunning`. For what ends
 * within a second, it never ticks.
 */
export function useSeconds(isRunning: Readonly<Ref<boolean>>) {
  const now = ref(performance.now());
  let ticking: ReturnType<typeof setInterval> | undefined;
  const tick = () => (now.value = performance.now());
  watch(
    isRunning,
    (runs) => {
      clearInterval(ticking);
      tick();
      if (runs) ticking = setInterval(tick, 1_000);
    },
    { immediate: true },
  );
  onBeforeUnmount(() => clearInterval(ticking));
  return now;
}
