/** Vuex 4's `exports` hide its types from bundler resolution; this declaration re-exports them. */
declare module 'vuex' {
  export * from 'vuex/types/index.d.ts';
  export { createLogger } from 'vuex/types/logger.d.ts';
}
