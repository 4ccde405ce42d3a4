import { UsernameSchema } from '@chat/contract';
import { object, safeParse } from 'valibot';
import type { PresenceChange, Realtime } from '../../api/realtime';
import type { RootState } from '../state';
import type { Scope } from '../typed';

/** What a member of this chat says about themselves. Others may say anything, so it is parsed. */
const MemberDataSchema = object({ name: UsernameSchema });

interface Connection {
  clientId: string;
  name: string | null;
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
    for (const { clientId, name } of Object.values(state.connections)) {
      const known = people.get(clientId);
      if (!known || known.name === null) people.set(clientId, { clientId, name });
    }
    return [...people.values()].sort(
      (a, b) => (a.name ?? '').localeCompare(b.name ?? '') || (a.clientId < b.clientId ? -1 : 1),
    );
  },
};

/** Who is here. Looking on does not make one a member; giving a nickname does. */
export function createPresenceModule(realtime: Pick<Realtime, 'enterPresence'>) {
  const actions = {
    /** Entering again under the same connection only renews the entry, so this may be called any number of times. */
    async enter({ rootState }: PresenceScope): Promise<void> {
      const { nickname } = rootState.session;
      if (nickname === null) return;
      try {
        await realtime.enterPresence({ name: nickname });
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
  return { clientId, name: parsed.success ? parsed.output.name : null };
}
