import { ensureAllows } from '../auth/capability.ts';
import type { Route } from './request.ts';

/**
 * Returns the limits of the plan, what exceeded them since the start, and what rules lost. A route
 * of this broker alone, for its operator.
 */
export const status: Route = async (request) => {
  ensureAllows((await request.caller()).capability, '*', 'stats');
  const { plan, hits, lostDeliveries } = request.context.account;
  const limits = Object.fromEntries(Object.entries(plan).filter(([, limit]) => limit !== Infinity));
  return { status: 200, body: { limits, exceeded: hits.counts(), lostDeliveries } };
};
