import { UsernameSchema } from '@chat/contract';
import { boolean, fallback, object, safeParse } from 'valibot';
import type { PresenceChange, Realtime } from '../../api/realtime/types';
import type { ConnectionState } from '../connection/module';
import type { SessionState } from '../session/module';
import type { Scope } from '../typed';

/** The presence data that this page enters. Another client may enter anything, so it is parsed. */
const MemberDataSchema = object({ name: UsernameSchema, typing: fallback(boolean(), false) });

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
};

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
      if (scope.rootState.connection.status === 'live') await actions.enter(scope);
    },

    /** Idempotent: entering again under the same connection updates the member's data. */
    async enter({ rootState }: PresenceScope): Promise<void> {
      const { nickname } = rootState.session;
      if (nickname === null) return;
      try {
        await realtime.enterPresence({ name: nickname, typing: isTyping });
      } catch (error) {
        console.warn('Entering presence failed; the page retries when it is live again.', error);
      }
    },
  };

  return {
    namespaced: true as const,
    state: (): PresenceState => ({ connections: {}, isLoaded: false }),
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
