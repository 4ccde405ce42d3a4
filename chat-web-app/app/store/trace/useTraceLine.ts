import { computed } from 'vue';
import { useSeconds } from '../../composables/useSeconds';
import { strings } from '../../strings';
import { useChatStore } from '../key';
import { newestEvidence, stopsReached, toTotal } from './measures';
import type { StopName } from './measures';

/** ms without news after which the line says how long it has been at its last stop. */
const STALLS_AFTER = 2_000;

const STOPS: readonly StopName[] = ['page', 'ably', 'lambda', 'postgres', 'back'];

/** The message below which the line belongs; undefined when there is nothing to follow. */
export function useTracedMessage() {
  const store = useChatStore();
  return computed(() => {
    const { current } = store.state.trace;
    return current && !current.ended ? current.target : undefined;
  });
}

/** How far this tab's newest message has come, for the line below it. */
export function useTraceLine() {
  const store = useChatStore();
  const trace = computed(() => store.state.trace.current);
  const reached = computed(() => (trace.value ? stopsReached(trace.value) : []));
  const total = computed(() => (trace.value ? toTotal(trace.value) : undefined));
  const isUnderway = computed(() => trace.value !== null && trace.value.arrivedAt === undefined);
  const now = useSeconds(isUnderway);
  return {
    stops: computed(() =>
      STOPS.map((name) => ({
        name,
        title: strings.trace.stops[name],
        isReached: reached.value.includes(name),
        isLast: name === reached.value.at(-1),
      })),
    ),
    total: computed(() => (total.value === undefined ? undefined : strings.trace.duration(total.value))),
    /** The last known stop and the time since; undefined while news arrive. */
    stalled: computed(() => {
      if (!trace.value || !isUnderway.value) return undefined;
      const ms = now.value - newestEvidence(trace.value);
      if (ms < STALLS_AFTER) return undefined;
      const stop = trace.value.acknowledgedAt === undefined ? 'page' : 'ably';
      return strings.trace.stalled[stop](strings.trace.seconds(Math.floor(ms / 1_000)));
    }),
  };
}

/** For screen readers, once at the end: that an own message came back. */
export function useTraceAnnouncement() {
  const store = useChatStore();
  return computed(() => {
    const { current } = store.state.trace;
    const total = current ? toTotal(current) : undefined;
    if (!current || total === undefined) return '';
    return strings.trace.returned[current.name](strings.trace.duration(total));
  });
}
