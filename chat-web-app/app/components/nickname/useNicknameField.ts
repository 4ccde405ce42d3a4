import { MAX_USERNAME_LENGTH } from '@chat/contract';
import { computed, ref } from 'vue';
import { checkNickname } from '~/store/session/nickname';
import type { NicknameProblem } from '~/store/session/nickname';
import { strings } from '~/strings';

/** A field for a nickname, with the problem of the last attempt to submit it. */
export function useNicknameField(initial = '') {
  const text = ref(initial);
  const problem = ref<NicknameProblem>();
  return {
    text,
    problem: computed(() => {
      if (problem.value === undefined) return undefined;
      return problem.value === 'tooLong'
        ? strings.nickname.tooLong(MAX_USERNAME_LENGTH)
        : strings.nickname[problem.value];
    }),
    type(): void {
      problem.value = undefined;
    },
    /** Returns the nickname, or undefined and shows the problem. */
    accept(): string | undefined {
      const checked = checkNickname(text.value);
      if ('name' in checked) return checked.name;
      problem.value = checked.problem;
      return undefined;
    },
  };
}
