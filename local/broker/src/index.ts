/** An Ably-compatible broker in one process, for development and tests. */
export { startBroker } from './server.ts';
export type { Broker, BrokerOptions } from './server.ts';
export type { PresenceEnvelope, RuleOptions } from './rules/rules.ts';
export type { Timing } from './timing.ts';
