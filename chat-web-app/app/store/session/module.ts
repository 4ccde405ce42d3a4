import { UsernameSchema } from '@chat/contract';
import type { ClientConfig, Session } from '@chat/contract';
import { safeParse } from 'valibot';
import type { TabStorage } from '../../api/tab-storage';
import type { Scope } from '../typed';

export interface SessionState {
  /** The author id that the server assigned to this tab; null until it has answered. */
  clientId: string | null;
  /** null until the person has joined; until then they can only read. */
  nickname: string | null;
  config: ClientConfig | null;
}

type SessionScope = Scope<SessionState, typeof mutations>;

const mutations = {
  started(state: SessionState, { clientId, config }: { clientId: string; config: ClientConfig }): void {
    state.clientId = clientId;
    state.config = config;
  },
  joined(state: SessionState, nickname: string): void {
    state.nickname = nickname;
  },
};

/**
 * The identity of this tab. The credential stays in the tab storage: nothing on screen needs it.
 */
export function createSessionModule(
  startSession: (identity: string | undefined) => Promise<Session>,
  tab: TabStorage,
) {
  const actions = {
    /** Starts or renews the session. The token request in the answer is valid for one use. */
    async start({ commit }: SessionScope): Promise<Session> {
      const session = await startSession(tab.read('identity'));
      tab.write('identity', session.identity);
      commit('started', { clientId: session.tokenRequest.clientId, config: session.config });
      return session;
    },

    /** @param nickname as returned by checkNickname */
    join({ commit }: SessionScope, nickname: string): void {
      tab.write('nickname', nickname);
      commit('joined', nickname);
    },

    restore({ commit }: SessionScope): void {
      const nickname = safeParse(UsernameSchema, tab.read('nickname'));
      if (nickname.success) commit('joined', nickname.output);
    },
  };

  return {
    namespaced: true as const,
    state: (): SessionState => ({ clientId: null, nickname: null, config: null }),
    mutations,
    actions,
  };
}
