import { UsernameSchema } from '@chat/contract';
import { boolean, fallback, number, object, safeParse } from 'valibot';
import { PresenceFull } from '../../api/presence-full';
import type { PresenceChange, Realtime } from '../../api/realtime/types';
import type { ConnectionState } from '../connection/module';
import type { SessionState } from '../session/module';
import type { Scope } from '../typed';

/** The presence data that this page enters. Another client may enter anything, so it is parsed. */
const MemberDataSchema = object({ name: UsernameSchema, typing: fallback(boolean(), false) });

const OccupancySchema = object({ metrics: object({ subscribers: number() }) });

/** Members of a presence set: https://ably.com/docs/platform/pricing/limits#channel */
const MOST_MEMBERS = 200;

interface Connection {
  clientId: string;
  name: string | null;
  isTyping: boolean;
}

export interface PresenceState {
  /** By `clientId` and `connectionId`: each connection of a person leaves alone. */
  connections: Record<string, Connection>;
  /** The presence set was received at least once. */
  isLoaded: boolean;
  /** The set had no room for this tab. */
  isFull: boolean;
  /** The number of tabs on the channel, null until it was needed. */
  online: number | null;
}

export interface Person {
  clientId: string;
  /** null when their presence data has no valid name. */
  name: string | null;
  isTyping: boolean;
}

type PresenceScope = Scope<
  PresenceState,
  typeof mutations,
  { connection: ConnectionState; session: SessionState }
>;

const mutations = {
  changed(state: PresenceState, change: PresenceChange): void {
    if (change.kind === 'present') state.connections[keyOf(change)] = toConnection(change);
    else Reflect.deleteProperty(state.connections, keyOf(change));
  },
  /** Replaces the whole presence set after every attachment, in case events were missed. */
  replaced(state: PresenceState, members: PresenceChange[]): void {
    state.connections = Object.fromEntries(members.map((member) => [keyOf(member), toConnection(member)]));
    state.isLoaded = true;
  },
  entered(state: PresenceState, isEntered: boolean): void {
    state.isFull = !isEntered;
  },
  /** @param data of Ably's occupancy message */
  counted(state: PresenceState, data: unknown): void {
    const parsed = safeParse(OccupancySchema, data);
    if (parsed.success) state.online = parsed.output.metrics.subscribers;
  },
};

/** Whether there are, or may be, more people than the presence set shows. */
export function isCrowded({ isFull, connections }: PresenceState): boolean {
  return isFull || Object.keys(connections).length >= MOST_MEMBERS;
}

const getters = {
  /** One entry per person, however many connections they have, in alphabetical order. */
  people: (state: PresenceState): Person[] => {
    const people = new Map<string, Person>();
    for (const { clientId, name, isTyping } of Object.values(state.connections)) {
      const other = people.get(clientId);
      people.set(clientId, {
        clientId,
        name: other?.name ?? name,
        isTyping: isTyping || other?.isTyping === true,
      });
    }
    return [...people.values()].sort(
      (a, b) => (a.name ?? '').localeCompare(b.name ?? '') || (a.clientId < b.clientId ? -1 : 1),
    );
  },
};

/** The presence set. A tab becomes a member when its person chooses a nickname. */
export function createPresenceModule(realtime: Pick<Realtime, 'enterPresence'>) {
  let isTyping = false;

  const actions = {
    /**
     * Announces that this person is typing, or stopped; only changes are sent. Presence costs no
     * function invocation, because Ably's rule does not listen to it.
     */
    async type(scope: PresenceScope, typing: boolean): Promise<void> {
      if (typing === isTyping) return;
      isTyping = typing;
      const { state, rootState } = scope;
      if (rootState.connection.status === 'live' && !state.isFull) await actions.enter(scope);
    },

    /** Idempotent: entering again under the same connection updates the member's data. */
    async enter({ commit, rootState }: PresenceScope): Promise<void> {
      const { nickname } = rootState.session;
      if (nickname === null) return;
      try {
        await realtime.enterPresence({ name: nickname, typing: isTyping });
        commit('entered', true);
      } catch (error) {
        if (error instanceof PresenceFull) return commit('entered', false);
        console.warn('Entering presence failed; the page retries when it is live again.', error);
      }
    },
  };

  return {
    namespaced: true as const,
    state: (): PresenceState => ({ connections: {}, isLoaded: false, isFull: false, online: null }),
    mutations,
    getters,
    actions,
  };
}

function keyOf({ clientId, connectionId }: PresenceChange): string {
  return `${clientId}\n${connectionId}`;
}

function toConnection({ clientId, data }: PresenceChange): Connection {
  const parsed = safeParse(MemberDataSchema, data);
  if (!parsed.success) return { clientId, name: null, isTyping: false };
  return { clientId, name: parsed.output.name, isTyping: parsed.output.typing };
}
