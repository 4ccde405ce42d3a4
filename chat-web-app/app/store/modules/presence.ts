import { UsernameSchema } from '@chat/contract';
import { boolean, fallback, object, safeParse } from 'valibot';
import type { PresenceChange, Realtime } from '../../api/realtime';
import type { RootState } from '../state';
import type { Scope } from '../typed';

/** What a member of this chat says about themselves. Others may say anything, so it is parsed. */
const MemberDataSchema = object({ name: UsernameSchema, typing: fallback(boolean(), false) });

interface Connection {
  clientId: string;
  name: string | null;
  isTyping: boolean;
}

export interface PresenceState {
  /** By connection, `clientId` and `connectionId` together: a person may have several, and each leaves for itself. */
  connections: Record<string, Connection>;
  /** The list has been complete once. */
  known: boolean;
}

export interface Person {
  clientId: string;
  /** null when they gave none that can be read. */
  name: string | null;
  isTyping: boolean;
}

type PresenceScope = Scope<PresenceState, RootState, typeof mutations>;

const mutations = {
  changed(state: PresenceState, change: PresenceChange): void {
    if (change.kind === 'here') state.connections[keyOf(change)] = toConnection(change);
    else Reflect.deleteProperty(state.connections, keyOf(change));
  },
  /** The whole list, after every attachment: whatever was missed in between is put right. */
  replaced(state: PresenceState, members: PresenceChange[]): void {
    state.connections = Object.fromEntries(members.map((member) => [keyOf(member), toConnection(member)]));
    state.known = true;
  },
};

const getters = {
  /** One entry per person, however many connections they have, in alphabetical order. */
  people: (state: PresenceState): Person[] => {
    const people = new Map<string, Person>();
    for (const { clientId, name, isTyping } of Object.values(state.connections)) {
      const known = people.get(clientId);
      people.set(clientId, {
        clientId,
        name: known?.name ?? name,
        isTyping: isTyping || known?.isTyping === true,
      });
    }
    return [...people.values()].sort(
      (a, b) => (a.name ?? '').localeCompare(b.name ?? '') || (a.clientId < b.clientId ? -1 : 1),
    );
  },
};

/** Who is here. Looking on does not make one a member; giving a nickname does. */
export function createPresenceModule(realtime: Pick<Realtime, 'enterPresence'>) {
  let isTyping = false;

  const actions = {
    /**
     * Tells others that this person is writing, or stopped. Told through presence, which the rule does not listen to: it
     * costs no invocation of the function. Only changes are told.
     */
    async type(scope: PresenceScope, typing: boolean): Promise<void> {
      if (typing === isTyping) return;
      isTyping = typing;
      if (scope.rootState.connection.status === 'live') await actions.enter(scope);
    },

    /** Entering again under the same connection only renews the entry, so this may be called any number of times. */
    async enter({ rootState }: PresenceScope): Promise<void> {
      const { nickname } = rootState.session;
      if (nickname === null) return;
      try {
        await realtime.enterPresence({ name: nickname, typing: isTyping });
      } catch (error) {
        // The connection was lost meanwhile: being live again enters again.
        console.warn('Presence could not be entered; it is tried again with the next connection.', error);
      }
    },
  };

  return {
    namespaced: true as const,
    state: (): PresenceState => ({ connections: {}, known: false }),
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
