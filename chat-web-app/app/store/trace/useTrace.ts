import { computed } from 'vue';
import { diagramStrings } from '../../strings-of-diagram';
import { useChatStore } from '../key';
import { stopsReached, toMeasures, toTotal } from './measures';
import type { Measure, MeasureName, StopName } from './measures';

export type HopName = keyof typeof diagramStrings.hops;

/** The hops that one time covers. */
const HOPS: Record<MeasureName, readonly HopName[]> = {
  network: ['publish', 'subscribe'],
  behindAbly: ['rule', 'write', 'nudge', 'fanOut'],
  untilBack: ['publish', 'rule', 'write', 'nudge', 'fanOut', 'subscribe'],
  screen: ['screen'],
};

/** The stop that proves a hop. */
const PROOF: Record<HopName, StopName> = {
  publish: 'ably',
  rule: 'lambda',
  write: 'postgres',
  nudge: 'back',
  fanOut: 'back',
  subscribe: 'back',
  screen: 'back',
};

/** The path of this tab's newest message as text, for the list of hops and the diagram. */
export function useTrace() {
  const store = useChatStore();
  const trace = computed(() => store.state.trace.current);
  const measures = computed(() => (trace.value ? toMeasures(trace.value) : []));
  const total = computed(() => trace.value && toTotal(trace.value));
  const row = computed(() => trace.value?.arrival);
  const hopsDone = computed(() => {
    const reached = trace.value ? stopsReached(trace.value) : [];
    const names = Object.keys(PROOF) as HopName[];
    return new Set(names.filter((name) => reached.includes(PROOF[name])));
  });

  function figureOf({ ms }: Pick<Measure, 'ms'>): string {
    if (ms !== undefined) return diagramStrings.ms(ms);
    return trace.value?.ended ? '' : diagramStrings.underway;
  }

  return {
    hasTrace: computed(() => trace.value !== null),
    ended: computed(() => trace.value?.ended && diagramStrings.ended[trace.value.ended]),
    measures: computed(() =>
      measures.value.map((measure) => ({
        name: measure.name,
        ...diagramStrings.measures[measure.name],
        figure: figureOf(measure),
        hops: HOPS[measure.name].map((name) => ({
          name,
          ...diagramStrings.hops[name],
          isDone: hopsDone.value.has(name),
          detail:
            name === 'write' && row.value
              ? diagramStrings.row(row.value.recordId, row.value.revision)
              : undefined,
        })),
      })),
    ),
    total: computed(() => figureOf({ ms: total.value ?? undefined })),
    hopsDone,
    /** The measured times by the numbers of their arrows, for the diagram. */
    legend: computed(() => [
      ...measures.value
        .filter(({ ms }) => ms !== undefined)
        .map(({ name, ms = 0 }) => `${diagramStrings.measures[name].arrows}: ${diagramStrings.ms(ms)}`),
      ...(total.value == null ? [] : [`${diagramStrings.total}: ${diagramStrings.ms(total.value)}`]),
    ]),
  };
}
