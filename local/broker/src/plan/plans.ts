/**
 * Ably's limits by plan: the only place with these numbers. They are those of Ably's pages "Limits"
 * (ably.com/docs/platform/pricing/limits) and "Error codes" (ably.com/docs/platform/errors/codes) as
 * of November 2026. Infinity means that Ably documents no figure, or that the plan `none`, for
 * benchmarks, has no limit.
 */

export const PLAN_NAMES = ['free', 'standard', 'pro', 'none'] as const;

export type PlanName = (typeof PLAN_NAMES)[number];

interface Limit {
  /** What the number is counted for. */
  scope: 'publish' | 'connection' | 'channel' | 'rule' | 'account';
  unit: string;
  /** Reported to the client, or on `[meta]log` where no client waits for a reply. */
  code: number;
  statusCode: number;
  /** Ably's name of the limit in error messages. */
  metric: string;
  /** What happens to that which exceeds the limit. */
  consequence: string;
  free: number;
  standard: number;
  pro: number;
  none: number;
}

/** For a limit that every plan has, and one that only real plans have. */
const always = (number: number) => ({ free: number, standard: number, pro: number, none: number });
const onPlans = (free: number, standard = free, pro = standard) => ({ free, standard, pro, none: Infinity });

const SIXTY_FOUR_KIB = 65_536;

export const LIMITS = {
  channelPublishes: {
    ...{ scope: 'channel', unit: 'publishes/s', code: 42913, statusCode: 429, metric: 'channel.maxRate' },
    consequence: 'the publish is rejected; the channel stays attached',
    ...onPlans(50),
  },
  channelBandwidth: {
    ...{ scope: 'channel', unit: 'bytes/s', code: 42914, statusCode: 429, metric: 'channel.maxBandwidth' },
    consequence: 'the publish is rejected; Ably documents no figure, so it is not enforced here',
    ...always(Infinity),
  },
  connectionPublishes: {
    ...{ scope: 'connection', unit: 'publishes/s', code: 42911, statusCode: 429 },
    ...{ metric: 'connection.inboundRate', consequence: 'the publish is rejected' },
    ...onPlans(50),
  },
  connectionPublishAttempts: {
    ...{ scope: 'connection', unit: 'publishes/s', code: 42921, statusCode: 429 },
    ...{ metric: 'connection.inboundRate', consequence: 'the connection is closed' },
    ...onPlans(20 * 50), // "around 20 times the permitted rate"
  },
  connectionDeliveries: {
    ...{ scope: 'connection', unit: 'messages/s', code: 80020, statusCode: 400 },
    metric: 'connection.outboundRate',
    consequence: 'the excess is dropped, and the client is notified of a loss of continuity',
    ...onPlans(50),
  },
  connectionFrames: {
    ...{ scope: 'connection', unit: 'protocol messages/s', code: 42924, statusCode: 429 },
    ...{ metric: 'connection.protocolMessageRate', consequence: 'the connection is closed' },
    ...onPlans(2_000),
  },
  accountMessages: {
    ...{ scope: 'account', unit: 'messages in and out/s', code: 42917, statusCode: 429 },
    ...{ metric: 'messages.maxRate', consequence: 'a proportion of the publishes is rejected' },
    ...onPlans(500, 2_500, 10_000),
  },
  monthlyMessages: {
    ...{ scope: 'account', unit: 'messages in and out/month', code: 40112, statusCode: 401 },
    ...{ metric: 'messages.monthly', consequence: 'the account is blocked until the month ends' },
    ...onPlans(6_000_000, Infinity),
  },
  connections: {
    ...{ scope: 'account', unit: 'connections', code: 40111, statusCode: 403 },
    ...{ metric: 'connections.peak', consequence: 'the connection is refused' },
    ...onPlans(200, 10_000, 50_000),
  },
  newConnections: {
    ...{ scope: 'account', unit: 'connections/s', code: 80021, statusCode: 429 },
    ...{ metric: 'connections.maxRate', consequence: 'the connection is refused' },
    ...onPlans(42, 250, 500),
  },
  channels: {
    ...{ scope: 'account', unit: 'channels', code: 40114, statusCode: 403 },
    ...{ metric: 'channels.peak', consequence: 'the attachment is refused' },
    ...onPlans(200, 10_000, 50_000),
  },
  channelsPerConnection: {
    ...{ scope: 'connection', unit: 'channels', code: 90010, statusCode: 400 },
    ...{ metric: 'connection.channels', consequence: 'the attachment is refused' },
    ...always(200),
  },
  presenceMembers: {
    ...{ scope: 'channel', unit: 'members', code: 91003, statusCode: 400 },
    ...{ metric: 'channel.presenceMembers', consequence: 'the enter is rejected' },
    ...always(200),
  },
  messageSize: {
    ...{ scope: 'publish', unit: 'bytes', code: 40009, statusCode: 400 },
    ...{ metric: 'message.size', consequence: 'the publish is rejected' },
    ...{ free: SIXTY_FOUR_KIB, standard: SIXTY_FOUR_KIB, pro: 4 * SIXTY_FOUR_KIB, none: SIXTY_FOUR_KIB },
  },
  requests: {
    ...{ scope: 'account', unit: 'REST requests/s', code: 42918, statusCode: 429 },
    ...{ metric: 'apiRequests.maxRate', consequence: 'a proportion of the requests is rejected' },
    ...onPlans(50, 362, 1_447),
  },
  tokenRequests: {
    // Ably's page names the metric but no code; that of the other requests is assumed.
    ...{ scope: 'account', unit: 'token requests/s', code: 42918, statusCode: 429 },
    ...{ metric: 'tokenRequests.maxRate', consequence: 'a proportion of the requests is rejected' },
    ...onPlans(50, 250, 500),
  },
  invocations: {
    ...{ scope: 'account', unit: 'invocations of rules/s', code: 42925, statusCode: 429 },
    metric: 'integrations.maxRate',
    consequence: 'a proportion is lost, although the publish was acknowledged',
    ...onPlans(250, 250, 1_000),
  },
  invocationsInFlight: {
    ...{ scope: 'rule', unit: 'invocations', code: 70003, statusCode: 429 },
    metric: 'integration.concurrency',
    consequence: 'up to 10 further messages wait; beyond that they are lost',
    ...onPlans(25, 25, 100),
  },
} as const satisfies Record<string, Limit>;

export type LimitName = keyof typeof LIMITS;

/** The number of each limit. Tests replace single ones. */
export type Plan = Readonly<Record<LimitName, number>>;

export function planNamed(name: PlanName): Plan {
  const numbers = Object.entries(LIMITS).map(([limit, numbersByPlan]) => [limit, numbersByPlan[name]]);
  return Object.fromEntries(numbers) as Plan;
}
