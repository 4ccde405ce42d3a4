import { computed } from 'vue';
import { strings } from '../../strings';
import { useChatStore } from '../key';
import { toSteps } from './steps';
import type { StepName } from './steps';

/** The path of this tab's newest message as text, for the list of steps and the diagram. */
export function useTrace() {
  const store = useChatStore();
  const trace = computed(() => store.state.trace.current);
  const steps = computed(() => (trace.value ? toSteps(trace.value) : []));
  return {
    hasTrace: computed(() => trace.value !== null),
    steps: computed(() =>
      steps.value.map((step) => ({
        ...step,
        ...strings.details.steps[step.name],
        figure: figureOf(step),
        detail:
          step.name === 'written' && trace.value?.arrival
            ? strings.details.row(trace.value.arrival.recordId, trace.value.arrival.revision)
            : undefined,
      })),
    ),
    /** The names of the steps done. */
    done: computed(
      () => new Set<StepName>(steps.value.filter(({ isDone }) => isDone).map(({ name }) => name)),
    ),
    figures: computed(
      () => new Map(steps.value.map((step) => [step.name, step.ms === undefined ? '' : figureOf(step)])),
    ),
  };
}

function figureOf({ isDone, ms }: { isDone: boolean; ms?: number }): string {
  if (!isDone) return strings.details.underway;
  return ms === undefined ? strings.details.untimed : strings.details.ms(ms);
}
