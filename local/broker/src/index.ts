/** An Ably-compatible broker in one process, for development and tests. */
export { startBroker } from './server.ts';
export type { Broker, BrokerOptions } from './server.ts';
export type { PresenceEnvelope, RuleOptions } from './rules/rules.ts';
export { PLAN_NAMES, planNamed, type Plan, type PlanName } from './plan/plans.ts';
export type { Timing } from './timing.ts';
