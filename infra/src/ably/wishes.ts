import { stackName } from '../names.ts';
import type { DeploySettings } from '../settings.ts';
import type { KeyWish, RuleWish } from './control-api.ts';

/** What the Ably app shall have: everything that is decided, nothing that is done. */

export const appName = (stage: string): string => stackName(stage);

type Channels = Pick<DeploySettings, 'OUTGOING_CHANNEL' | 'INCOMING_CHANNEL'>;

/** Tokens get their rights from this key, so it has theirs and none besides. */
export function authKey({ OUTGOING_CHANNEL, INCOMING_CHANNEL }: Channels): KeyWish {
  return {
    name: 'auth function',
    capability: {
      [OUTGOING_CHANNEL]: ['publish', 'presence', 'subscribe'],
      [INCOMING_CHANNEL]: ['subscribe', 'history'],
    },
  };
}

export function connectorKey({ INCOMING_CHANNEL }: Channels): KeyWish {
  return { name: 'connector', capability: { [INCOMING_CHANNEL]: ['publish'] } };
}

export interface RuleTarget {
  readonly region: string;
  readonly roleArn: string;
  readonly functionName: string;
  /** With it the rule feeds the stream, else the function. */
  readonly streamName?: string | undefined;
}

/** Every message of the outgoing channel, and of no other whose name contains it. */
export function ingestRule({ OUTGOING_CHANNEL }: Channels, target: RuleTarget): RuleWish {
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
        // One person's messages stay in one shard, and so in order.
        target: {
          region,
          streamName,
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
