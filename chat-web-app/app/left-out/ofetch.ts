/** In place of `ofetch`, with which Nuxt makes the global `$fetch`. The page uses `fetch`. */
export function $fetch(): never {
  throw new Error('The built site has no $fetch: use fetch, or app/api/request-json.ts.');
}

$fetch.create = () => $fetch;
