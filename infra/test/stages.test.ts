import { describe, expect, test, vi } from 'vitest';
import { CONFIGURATIONS, SYNTHESIS_TIMEOUT, synthesize, type Configuration } from './support/synth.ts';

vi.setConfig({ testTimeout: SYNTHESIS_TIMEOUT });

const configurations = Object.keys(CONFIGURATIONS) as Configuration[];

/** Properties that give something a name, or under which an account finds it again. */
const NAME = /(?:name|family|alias|identifier)$/i;

/** Names that two stacks may share, by property, because their scope is smaller than an account. */
const SHARED: Record<string, string> = {
  'AWS::IAM::Policy.PolicyName': 'an inline policy belongs to its role',
  'AWS::IAM::Role.Policies.PolicyName': 'an inline policy belongs to its role',
  'AWS::EC2::VPCEndpoint.ServiceName': 'names a service of AWS',
  'AWS::RDS::DBInstance.DBName': 'belongs to its server',
  'AWS::RDS::DBCluster.DatabaseName': 'belongs to its server',
  'AWS::RDS::DBInstance.CACertificateIdentifier': 'names an authority of AWS',
  'AWS::RDS::DBInstance.MasterUsername': 'belongs to its server',
  'AWS::RDS::DBCluster.MasterUsername': 'belongs to its server',
  'AWS::RDS::DBParameterGroup.Family': 'names a version of PostgreSQL',
  'AWS::RDS::DBClusterParameterGroup.Family': 'names a version of PostgreSQL',
  'AWS::RDS::DBProxy.EngineFamily': 'names a kind of database',
  'AWS::RDS::DBProxyTargetGroup.TargetGroupName': 'belongs to its proxy',
  'AWS::ECS::TaskDefinition.ContainerDefinitions.Name': 'belongs to its task definition',
  'AWS::ECS::TaskDefinition.ContainerDefinitions.Environment.Name': 'belongs to its container',
  'AWS::ECS::TaskDefinition.ContainerDefinitions.Secrets.Name': 'belongs to its container',
  'AWS::ECS::TaskDefinition.RuntimePlatform.OperatingSystemFamily': 'names a kind of system',
  'AWS::CloudWatch::Alarm.MetricName': 'the dimensions of the metric name the stage or its resources',
  'AWS::CloudWatch::Alarm.Dimensions.Name': 'belongs to its metric',
  'AWS::CloudWatch::Alarm.Metrics.MetricStat.Metric.MetricName': 'as MetricName',
  'AWS::CloudWatch::Alarm.Metrics.MetricStat.Metric.Dimensions.Name': 'belongs to its metric',
  'AWS::ECS::Cluster.ClusterSettings.Name': 'names a setting',
};

/** Returns every literal name in a value as `<path without positions>=<name>`. */
function namesIn(value: unknown, path: string): string[] {
  if (Array.isArray(value)) return value.flatMap((one) => namesIn(one, path));
  if (typeof value === 'string') return NAME.test(path) ? [`${path}=${value}`] : [];
  if (value === null || typeof value !== 'object') return [];
  // A reference, or a text with a reference, differs in each stack.
  if (Object.keys(value).some((key) => key === 'Ref' || key.startsWith('Fn::'))) return [];
  return Object.entries(value).flatMap(([key, inner]) => namesIn(inner, `${path}.${key}`));
}

async function namesOf(configuration: Configuration, STAGE: string): Promise<string[]> {
  const { json } = await synthesize(configuration, { STAGE });
  const names = Object.values(json.Resources).flatMap(({ Type, Properties }) => namesIn(Properties, Type));
  const { Outputs } = json as { Outputs?: Record<string, unknown> };
  return [...names, ...namesIn(Outputs, 'Outputs')];
}

describe.each(configurations)('two stages with the settings "%s"', (configuration) => {
  test('share no name in an account and region', async () => {
    const others = new Set(await namesOf(configuration, 'other'));
    const names = await namesOf(configuration, 'one');
    expect(names).toContain('AWS::CloudWatch::Dashboard.DashboardName=serverless-chat-one');
    const shared = names.filter((name) => others.has(name) && !(name.replace(/=.*/, '') in SHARED));
    expect(shared).toEqual([]);
  });
});
