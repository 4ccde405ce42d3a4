import { NOT_READY } from '@chat/connector/not-ready';
import { Match } from 'aws-cdk-lib/assertions';
import { describe, test, vi } from 'vitest';
import { SYNTHESIS_TIMEOUT, synthesize } from './support/synth.ts';

vi.setConfig({ testTimeout: SYNTHESIS_TIMEOUT });

describe('the alarm WriterErrors', () => {
  test('does not count invocations that fail only because an edit came before its message', async () => {
    const { template } = await synthesize('standard');
    const writer = template.findResources('AWS::Lambda::Function', {
      Properties: { Description: Match.stringLikeRegexp('^Writes what an Ably rule sends') },
    });
    const dimensions = [{ Name: 'FunctionName', Value: { Ref: Object.keys(writer)[0] } }];
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmName: Match.stringLikeRegexp('WriterErrors$'),
      Metrics: Match.arrayWith([
        Match.objectLike({ Expression: 'errors - FILL(targetMissing, 0)', ReturnData: true }),
        Match.objectLike({
          Id: 'errors',
          MetricStat: Match.objectLike({
            Metric: { Namespace: 'AWS/Lambda', MetricName: 'Errors', Dimensions: dimensions },
            Stat: 'Sum',
          }),
        }),
        Match.objectLike({
          Id: 'targetMissing',
          MetricStat: Match.objectLike({
            Metric: { Namespace: 'Chat', MetricName: 'targetMissing', Dimensions: dimensions },
            Stat: 'Sum',
          }),
        }),
      ]),
    });
  });
});

describe('the alarm ConnectorNotReady', () => {
  test('finds each line in which the connector says that row changes do not go out', async () => {
    const { template } = await synthesize('standard');
    const messages = Object.values(NOT_READY).map((message) => `($.msg = "${message}")`);
    template.hasResourceProperties('AWS::Logs::MetricFilter', {
      FilterPattern: `{ ${messages.join(' || ')} }`,
      MetricTransformations: [
        { MetricNamespace: 'ServerlessChat', MetricName: 'ConnectorNotReady-dev', MetricValue: '1' },
      ],
    });
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmName: Match.stringLikeRegexp('ConnectorNotReady$'),
      Namespace: 'ServerlessChat',
      MetricName: 'ConnectorNotReady-dev',
    });
  });
});
