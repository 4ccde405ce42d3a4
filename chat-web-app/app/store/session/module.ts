import { UsernameSchema } from '@chat/contract';
import type { ClientConfig, Session } from '@chat/contract';
import { safeParse } from 'valibot';
import type { Identities, Move, Offer } from '../../api/identities';
import type { TabStorage } from '../../api/tab-storage';
import type { Scope } from '../typed';

export interface SessionState {
  /**
   * Names the identity that this tab holds. It changes when the person leaves, or continues as a
   * person of a closed tab; null until the page has started.
   */
  owner: string | null;
  /** The author id that the server assigned to this identity; null until it has answered. */
  clientId: string | null;
  /** null until the person has joined; until then they can only read. */
  nickname: string | null;
  config: ClientConfig | null;
  /** ms by which the server's clock is ahead of the page's, at most the way of an answer too few. */
  clockOffset: number;
  /** Whether the person can continue after leaving, with what was not sent. */
  isKept: boolean;
  /** Persons of closed tabs, as whom this tab can continue. Listed until the person has joined. */
  offers: Offer[];
}

type SessionScope = Scope<SessionState, typeof mutations>;

const mutations = {
  /** Another identity, whose clientId the server has yet to confirm. */
  identified(state: SessionState, { owner, nickname }: { owner: string; nickname: string | null }): void {
    state.owner = owner;
    state.nickname = nickname;
    state.clientId = null;
  },
  started(state: SessionState, { clientId, config }: { clientId: string; config: ClientConfig }): void {
    state.clientId = clientId;
    state.config = config;
  },
  clockCompared(state: SessionState, offset: number): void {
    state.clockOffset = offset;
  },
  joined(state: SessionState, nickname: string): void {
    state.nickname = nickname;
  },
  remembered(state: SessionState, isKept: boolean): void {
    state.isKept = isKept;
  },
  offered(state: SessionState, offers: Offer[]): void {
    state.offers = offers;
  },
};

/**
 * The identity of this tab. The credential stays in the tab storage: nothing on screen needs it.
 * @param now ms since the epoch
 */
export function createSessionModule(
  startSession: (identity: string | undefined) => Promise<Session>,
  tab: TabStorage,
  identities: Identities,
  now: () => number = Date.now,
) {
  /** Without waiting in between, so that nothing of one person is stored as the other's. */
  function moveTab({ commit }: SessionScope, move: Move): void {
    commit('identified', { owner: move(), nickname: storedNickname() });
  }

  function storedNickname(): string | null {
    const nickname = safeParse(UsernameSchema, tab.read('nickname'));
    return nickname.success ? nickname.output : null;
  }

  const actions = {
    /**
     * Starts or renews the session. The token request in the answer is valid for one use.
     * @throws Error when the person left or continued as another meanwhile
     */
    async start({ state, commit }: SessionScope): Promise<Session> {
      const { owner } = state;
      const session = await startSession(tab.read('identity'));
      if (state.owner !== owner) throw new Error('The session started for an identity that was left.');
      tab.write('identity', session.identity);
      commit('remembered', identities.remember());
      // The token request has the time at which the server made it.
      commit('clockCompared', session.tokenRequest.timestamp - now());
      commit('started', { clientId: session.tokenRequest.clientId, config: session.config });
      return session;
    },

    /**
     * Joins, or changes the nickname.
     * @param nickname as returned by checkNickname
     */
    join({ commit }: SessionScope, nickname: string): void {
      tab.write('nickname', nickname);
      commit('remembered', identities.remember());
      commit('joined', nickname);
    },

    /** The tab becomes a new person who has not joined. */
    async leave(scope: SessionScope): Promise<void> {
      moveTab(scope, await identities.begin());
    },

    /** Resolves with false when another tab was faster. */
    async continueAs(scope: SessionScope, owner: string): Promise<boolean> {
      const move = await identities.continueAs(owner);
      if (move) moveTab(scope, move);
      return move !== undefined;
    },

    forget({ state, commit }: SessionScope, owner: string): void {
      identities.forget(owner);
      commit(
        'offered',
        state.offers.filter((offer) => offer.owner !== owner),
      );
    },

    async restore({ commit }: SessionScope): Promise<void> {
      commit('identified', { owner: await identities.resume(), nickname: storedNickname() });
    },
  };

  return {
    namespaced: true as const,
    state: (): SessionState => ({
      owner: null,
      clientId: null,
      nickname: null,
      config: null,
      clockOffset: 0,
      isKept: false,
      offers: [],
    }),
    mutations,
    actions,
  };
}
