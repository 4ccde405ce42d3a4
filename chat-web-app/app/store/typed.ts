import type { Store } from 'vuex';

/**
 * Vuex accepts any string as the path of a mutation, action or getter. These types derive the
 * paths, payloads and results from the modules themselves, so that a wrong one does not compile.
 * They cost nothing at run time.
 */
type Kind = 'mutations' | 'actions' | 'getters';

type TableOf<Module, K extends Kind> = Module extends Record<K, infer Table> ? Table : Record<never, never>;

/** `sending/send`: module and member, for every module that has members of this kind. */
type Path<Modules, K extends Kind> = {
  [Name in keyof Modules & string]: `${Name}/${keyof TableOf<Modules[Name], K> & string}`;
}[keyof Modules & string];

type Member<Modules, K extends Kind, P> = P extends `${infer Name}/${infer Key}`
  ? Name extends keyof Modules
    ? TableOf<Modules[Name], K>[Key & keyof TableOf<Modules[Name], K>]
    : never
  : never;

/** The members of a kind, by path. */
type Members<Modules, K extends Kind> = { [P in Path<Modules, K>]: Member<Modules, K, P> };

type Payload<Handler> = Handler extends (context: never) => unknown
  ? []
  : Handler extends (context: never, payload: infer P) => unknown
    ? [payload: P]
    : never;
type Results<Table> = {
  [P in keyof Table]: Table[P] extends (...args: never[]) => infer Result ? Result : never;
};

export type StateOf<Modules> = {
  [Name in keyof Modules]: Modules[Name] extends { state: () => infer State } ? State : never;
};

export interface TypedStore<
  Modules,
  Mutations = Members<Modules, 'mutations'>,
  Actions = Members<Modules, 'actions'>,
  Getters = Members<Modules, 'getters'>,
> extends Omit<Store<StateOf<Modules>>, 'commit' | 'dispatch' | 'getters'> {
  commit<P extends keyof Mutations>(path: P, ...payload: Payload<Mutations[P]>): void;
  dispatch<P extends keyof Actions>(
    path: P,
    ...payload: Payload<Actions[P]>
  ): Promise<Awaited<Results<Actions>[P]>>;
  readonly getters: Readonly<Results<Getters>>;
}

/**
 * What an action receives: the state and mutations of its own module, and read access to the state
 * of the modules it names in `Others`. Effects on other modules belong in a `reactions.ts`.
 */
export interface Scope<State, Mutations, Others = unknown> {
  state: State;
  rootState: Others;
  commit: Overloads<{
    [Name in keyof Mutations]: (name: Name, ...payload: Payload<Mutations[Name]>) => void;
  }>;
}

/** A table of functions as one overloaded function, to which Vuex's `commit` is assignable. */
type Overloads<Table> = {
  [Name in keyof Table]: (overload: Table[Name]) => void;
}[keyof Table] extends (overload: infer All) => void
  ? All
  : never;
