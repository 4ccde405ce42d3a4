import { describe, expect, test, vi } from 'vitest';
import { isAllowed, type PolicyDocument } from './support/policy.ts';
import { CONFIGURATIONS, SYNTHESIS_TIMEOUT, synthesize, type Configuration } from './support/synth.ts';

vi.setConfig({ testTimeout: SYNTHESIS_TIMEOUT });

const OWN_ACCOUNT = { Ref: 'AWS::AccountId' };
const configurations = Object.keys(CONFIGURATIONS) as Configuration[];

/** Returns the alarms of a template and the policies of each topic and each key that they use. */
async function alarmsOf(configuration: Configuration) {
  const { template } = await synthesize(configuration);
  const properties = <Properties>(type: string): [id: string, Properties][] =>
    Object.entries(template.findResources(type)).map(([id, { Properties }]) => [
      id,
      Properties as Properties,
    ]);
  const policies = properties<{ Topics: unknown[]; PolicyDocument: PolicyDocument }>('AWS::SNS::TopicPolicy');
  const topics = properties<{ KmsMasterKeyId: { 'Fn::GetAtt': [string, string] } }>('AWS::SNS::Topic');
  const keys = properties<{ KeyPolicy: PolicyDocument }>('AWS::KMS::Key');
  return {
    alarms: properties<{ AlarmActions: { Ref: string }[]; OKActions: { Ref: string }[] }>(
      'AWS::CloudWatch::Alarm',
    ),
    policiesOf: (topic: string) =>
      policies
        .filter(([, { Topics }]) => JSON.stringify(Topics) === JSON.stringify([{ Ref: topic }]))
        .map(([, { PolicyDocument }]) => PolicyDocument),
    keyPoliciesOf(topic: string) {
      const used = topics.find(([id]) => id === topic)?.[1].KmsMasterKeyId['Fn::GetAtt'][0];
      return keys.filter(([id]) => id === used).map(([, { KeyPolicy }]) => KeyPolicy);
    },
  };
}

describe.each(configurations)('each alarm of the stack "%s"', (configuration) => {
  test('notifies a topic to which CloudWatch may publish, for this account only', async () => {
    const { alarms, policiesOf } = await alarmsOf(configuration);
    expect(alarms.length).toBeGreaterThan(5);
    for (const [name, { AlarmActions, OKActions }] of alarms) {
      for (const topic of [...AlarmActions, ...OKActions]) {
        const publish = (account: unknown, secure: string) =>
          isAllowed(policiesOf(topic.Ref), {
            service: 'cloudwatch.amazonaws.com',
            action: 'sns:Publish',
            resource: topic,
            context: { 'aws:SourceAccount': account, 'aws:SecureTransport': secure },
          });
        expect(publish(OWN_ACCOUNT, 'true'), name).toBe(true);
        expect(publish('999999999999', 'true'), name).toBe(false);
        expect(publish(OWN_ACCOUNT, 'false'), name).toBe(false);
      }
    }
  });

  test('notifies a topic whose key CloudWatch may use', async () => {
    const { alarms, keyPoliciesOf } = await alarmsOf(configuration);
    for (const [name, { AlarmActions, OKActions }] of alarms) {
      for (const topic of [...AlarmActions, ...OKActions]) {
        for (const action of ['kms:Decrypt', 'kms:GenerateDataKey']) {
          const use = (account: unknown) =>
            isAllowed(keyPoliciesOf(topic.Ref), {
              service: 'cloudwatch.amazonaws.com',
              action,
              resource: '*',
              context: { 'aws:SourceAccount': account },
            });
          expect(use(OWN_ACCOUNT), `${name}, ${action}`).toBe(true);
          expect(use('999999999999'), `${name}, ${action}`).toBe(false);
        }
      }
    }
  });
});
