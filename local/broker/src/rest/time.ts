import type { Route } from './route.ts';

/** Needs no credentials: clients ask for it before they sign a token request. */
export const time: Route = ({ context }) => ({ status: 200, body: [context.timing.now()] });
