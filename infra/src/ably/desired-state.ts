/** The desired state of the Ably app: its name, keys and rule. */
import { stackName } from '../names.ts';
import type { DeploySettings } from '../settings.ts';
import type { DesiredKey, DesiredRule } from './control-api.ts';

export const appName = (stage: string): string => stackName(stage);

type Channels = Pick<DeploySettings, 'OUTGOING_CHANNEL' | 'INCOMING_CHANNEL'>;

/**
 * A token can never do more than the key that signed it, so this key has exactly a client's
 * capability. Its tokens are revocable, so that one client can be disconnected:
 * https://ably.com/docs/auth/revocation (unproved here)
 */
export function authKey({ OUTGOING_CHANNEL, INCOMING_CHANNEL }: Channels): DesiredKey {
  return {
    name: 'auth function',
    revocableTokens: true,
    capability: {
      [OUTGOING_CHANNEL]: ['publish'],
      [INCOMING_CHANNEL]: ['history', 'presence', 'subscribe'],
    },
  };
}

export function connectorKey({ INCOMING_CHANNEL }: Channels): DesiredKey {
  // The connector uses the key itself, which issues no token.
  return { name: 'connector', revocableTokens: false, capability: { [INCOMING_CHANNEL]: ['publish'] } };
}

export interface RuleTarget {
  readonly region: string;
  readonly roleArn: string;
  readonly functionName: string;
  /** When set, the rule writes to this Kinesis stream instead of invoking the function. */
  readonly streamName?: string | undefined;
}

/**
 * The filter is anchored: without `^` and `$`, channels whose name contains this one would match
 * too.
 */
export function ingestRule({ OUTGOING_CHANNEL }: Channels, target: RuleTarget): DesiredRule {
  const { region, roleArn, functionName, streamName } = target;
  const authentication = { authenticationMode: 'assumeRole', assumeRoleArn: roleArn };
  const common = {
    requestMode: 'single',
    status: 'enabled',
    source: { channelFilter: `^${OUTGOING_CHANNEL}$`, type: 'channel.message' },
  } as const;
  return streamName
    ? {
        ...common,
        ruleType: 'aws/kinesis',
        target: {
          region,
          streamName,
          // One author's messages share a shard, which keeps their order.
          partitionKey: '#{message.clientId}',
          enveloped: true,
          format: 'json',
          authentication,
        },
      }
    : {
        ...common,
        ruleType: 'aws/lambda',
        target: { region, functionName, enveloped: true, authentication },
      };
}
