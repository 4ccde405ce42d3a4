import { countCharacters, MAX_USERNAME_LENGTH, UsernameSchema } from '@chat/contract';
import type { ClientConfig, Session } from '@chat/contract';
import { is, safeParse } from 'valibot';
import type { TabStorage } from '../../api/tab-storage';
import { displayName } from '../../utils/display-name';
import type { RootState } from '../state';
import type { Scope } from '../typed';

export interface SessionState {
  /** Who this tab is, by the server's word; null until it has answered. */
  clientId: string | null;
  /** null until the person has given one: they only look on. */
  nickname: string | null;
  config: ClientConfig | null;
}

export type NicknameProblem = 'blank' | 'tooLong' | 'invalid';

type SessionScope = Scope<SessionState, RootState, typeof mutations>;

/** What is wrong with a nickname, or the nickname itself as it will be sent. */
export function checkNickname(raw: string): { name: string } | { problem: NicknameProblem } {
  const name = raw.trim();
  // Only signs that nobody sees are no name either.
  if (displayName(name) === '') return { problem: 'blank' };
  if (countCharacters(name) > MAX_USERNAME_LENGTH) return { problem: 'tooLong' };
  return is(UsernameSchema, name) ? { name } : { problem: 'invalid' };
}

const mutations = {
  started(state: SessionState, { clientId, config }: { clientId: string; config: ClientConfig }): void {
    state.clientId = clientId;
    state.config = config;
  },
  named(state: SessionState, nickname: string): void {
    state.nickname = nickname;
  },
};

/** Who this tab is. The credential stays out of the state: nothing that is shown needs it. */
export function createSessionModule(
  startSession: (identity: string | undefined) => Promise<Session>,
  tab: TabStorage,
) {
  const actions = {
    /** Gets a session; the answer goes to `onSession` as well, since its token request is used up by one use. */
    async start({ commit }: SessionScope, onSession: (session: Session) => void): Promise<void> {
      const session = await startSession(tab.read('identity'));
      tab.write('identity', session.identity);
      commit('started', { clientId: session.tokenRequest.clientId, config: session.config });
      onSession(session);
    },

    /** Joins under a valid nickname (see checkNickname). */
    join({ commit }: SessionScope, nickname: string): void {
      tab.write('nickname', nickname);
      commit('named', nickname);
    },

    /** After a reload the tab is still joined. */
    restore({ commit }: SessionScope): void {
      const nickname = safeParse(UsernameSchema, tab.read('nickname'));
      if (nickname.success) commit('named', nickname.output);
    },
  };

  return {
    namespaced: true as const,
    state: (): SessionState => ({ clientId: null, nickname: null, config: null }),
    mutations,
    actions,
  };
}
