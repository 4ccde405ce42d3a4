/** Vuex 4 ships types that its `exports` hide from bundler resolution; this leads to them, so checking stays real. */
declare module 'vuex' {
  export * from 'vuex/types/index.d.ts';
  export { createLogger } from 'vuex/types/logger.d.ts';
}
