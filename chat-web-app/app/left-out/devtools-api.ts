/**
 * In place of `@vue/devtools-api`, which Vuex imports and calls in development only: a bundler
 * cannot know that.
 */
export function setupDevtoolsPlugin(): never {
  throw new Error('The built site has no devtools: create the store without the option `devtools`.');
}
