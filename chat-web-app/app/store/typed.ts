import type { Store } from 'vuex';

/**
 * Vuex takes any string for the name of a mutation, action or getter. These types hold the names and payloads that the
 * modules really have, so that a wrong one does not compile. They cost nothing at run time.
 */
export type Namespaced<Name extends string, Table> = {
  [Key in keyof Table & string as `${Name}/${Key}`]: Table[Key];
};

type Payload<Handler> = Handler extends (context: never) => unknown
  ? []
  : Handler extends (context: never, payload: infer P) => unknown
    ? [payload: P]
    : never;
type Value<Getter> = Getter extends (...args: never[]) => infer Result ? Result : never;

export interface TypedStore<State, Mutations, Actions, Getters> extends Omit<
  Store<State>,
  'commit' | 'dispatch' | 'getters'
> {
  commit<Name extends keyof Mutations>(name: Name, ...payload: Payload<Mutations[Name]>): void;
  dispatch<Name extends keyof Actions>(name: Name, ...payload: Payload<Actions[Name]>): Promise<void>;
  readonly getters: { readonly [Name in keyof Getters]: Value<Getters[Name]> };
}

/** What an action gets: its own state and mutations, and everyone's state to read. What crosses modules is in bridge.ts. */
export interface Scope<State, RootState, Mutations> {
  state: State;
  rootState: RootState;
  commit: Overloads<{
    [Name in keyof Mutations]: (name: Name, ...payload: Payload<Mutations[Name]>) => void;
  }>;
}

/** All functions of a table as one overloaded function; Vuex's own type of `commit` is assignable to that. */
type Overloads<Table> = { [Name in keyof Table]: (overload: Table[Name]) => void }[keyof Table] extends (
  overload: infer All,
) => void
  ? All
  : never;
