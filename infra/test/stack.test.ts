import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, test, vi } from 'vitest';
import { SYNTHESIS_TIMEOUT, synthesize } from './support/synth.ts';

vi.setConfig({ testTimeout: SYNTHESIS_TIMEOUT });

const INTERNET = '0.0.0.0/0';

describe('the database', () => {
  test('is encrypted, private, backed up, and rejects connections without TLS', async () => {
    const { template } = await synthesize('standard');
    template.hasResourceProperties('AWS::RDS::DBInstance', {
      StorageEncrypted: true,
      PubliclyAccessible: false,
      BackupRetentionPeriod: 7,
      StorageType: 'gp3',
      DBParameterGroupName: Match.anyValue(),
    });
    template.hasResourceProperties('AWS::RDS::DBParameterGroup', { Parameters: { 'rds.force_ssl': '1' } });
  });

  test('has a password that AWS generates and rotates every 30 days', async () => {
    const { template } = await synthesize('standard');
    template.hasResourceProperties('AWS::RDS::DBInstance', {
      MasterUserPassword: { 'Fn::Join': ['', Match.arrayWith(['{{resolve:secretsmanager:'])] },
    });
    template.hasResourceProperties('AWS::SecretsManager::RotationSchedule', {
      RotationRules: { ScheduleExpression: 'rate(30 days)' },
    });
  });

  test.each(['production', 'everything'] as const)(
    'is protected against deletion outside dev (%s)',
    async (name) => {
      const { template, json } = await synthesize(name);
      const [type] = Object.values(json.Resources)
        .map(({ Type }) => Type)
        .filter((found) => /^AWS::RDS::DB(Instance|Cluster)$/.test(found))
        .sort();
      template.hasResourceProperties(type ?? '', { DeletionProtection: true });
    },
  );

  test('leaves a snapshot when it is deleted, in every stage', async () => {
    const { template } = await synthesize('standard');
    template.hasResource('AWS::RDS::DBInstance', {
      DeletionPolicy: 'Snapshot',
      UpdateReplacePolicy: 'Snapshot',
    });
    const { template: aurora } = await synthesize('aurora');
    aurora.hasResource('AWS::RDS::DBCluster', {
      DeletionPolicy: 'Snapshot',
      UpdateReplacePolicy: 'Snapshot',
    });
  });

  test('is Aurora Serverless v2 with DATABASE=aurora', async () => {
    const { template } = await synthesize('aurora');
    template.hasResourceProperties('AWS::RDS::DBCluster', {
      StorageEncrypted: true,
      ServerlessV2ScalingConfiguration: { MinCapacity: 0.5, MaxCapacity: 8 },
    });
    template.hasResourceProperties('AWS::RDS::DBClusterParameterGroup', {
      Parameters: { 'rds.force_ssl': '1' },
    });
    template.resourceCountIs('AWS::RDS::DBInstance', 2);
  });

  test('has a proxy with DATABASE_PROXY=true, which the functions use and the connector does not', async () => {
    const { template, json } = await synthesize('proxy');
    template.hasResourceProperties('AWS::RDS::DBProxy', { RequireTLS: true });
    const [proxy] = Object.keys(template.findResources('AWS::RDS::DBProxy'));
    const hosts = Object.values(json.Resources)
      .filter(({ Type }) => Type === 'AWS::Lambda::Function')
      .map(({ Properties }) => JSON.stringify(Properties))
      .filter((text) => text.includes('"PGHOST"'));
    const throughProxy = hosts.filter((text) =>
      text.includes(`"PGHOST":{"Fn::GetAtt":["${proxy}","Endpoint"]}`),
    );
    expect({ all: hosts.length, throughProxy: throughProxy.length }).toEqual({ all: 4, throughProxy: 2 });
    const tasks = JSON.stringify(template.findResources('AWS::ECS::TaskDefinition'));
    expect(tasks).not.toContain(proxy);
  });
});

describe('the network', () => {
  test.each(['standard', 'everything'] as const)(
    'allows no inbound connection from outside (%s)',
    async (name) => {
      const { template, json } = await synthesize(name);
      const rules = Object.values(json.Resources)
        .filter(({ Type }) => /SecurityGroup/.test(Type))
        .map(({ Type, Properties }) => ({
          Type,
          Properties: Properties as { SecurityGroupIngress?: unknown; CidrIp?: string },
        }));
      for (const { Type, Properties } of rules) {
        expect(Properties.SecurityGroupIngress ?? []).toEqual([]);
        if (Type.endsWith('Ingress')) expect(Properties.CidrIp).not.toBe(INTERNET);
      }
      template.resourceCountIs('AWS::EC2::NatGateway', 0);
    },
  );
});

describe('the functions', () => {
  test('run on arm64 and the newest Node, inside the VPC', async () => {
    const { template } = await synthesize('standard');
    const ours = Object.values(template.findResources('AWS::Lambda::Function')).filter(({ Properties }) =>
      JSON.stringify(Properties).includes('"PGHOST"'),
    );
    expect(ours).toHaveLength(4);
    for (const { Properties } of ours) {
      expect(Properties).toMatchObject({ Architectures: ['arm64'], Runtime: 'nodejs24.x' });
      expect(Properties).toHaveProperty('VpcConfig.SubnetIds');
      expect(Properties).toHaveProperty('LoggingConfig.LogGroup');
    }
    template.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 30 });
  });

  test('reserve concurrency for chat-writer, retry it twice, and keep failed events in a queue', async () => {
    const { template } = await synthesize('standard');
    const [queue] = Object.keys(template.findResources('AWS::SQS::Queue'));
    template.hasResourceProperties('AWS::Lambda::Function', {
      Description: 'Writes what an Ably rule sends into the database',
      ReservedConcurrentExecutions: 20,
      Timeout: 30,
    });
    template.hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
      MaximumRetryAttempts: 2,
      MaximumEventAgeInSeconds: 21_600,
      DestinationConfig: { OnFailure: { Destination: { 'Fn::GetAtt': [queue, 'Arn'] } } },
    });
    template.hasResourceProperties('AWS::SQS::Queue', {
      MessageRetentionPeriod: 1_209_600,
      SqsManagedSseEnabled: true,
    });
  });

  test('reserve nothing with RESERVE_CONCURRENCY=false, for accounts with few executions', async () => {
    const { template, json } = await synthesize('standard', { RESERVE_CONCURRENCY: 'false' });
    expect(JSON.stringify(json)).not.toContain('ReservedConcurrentExecutions');
    template.hasOutput('ReservedExecutions', { Value: '0' });
    const { template: reserving } = await synthesize('standard');
    reserving.hasOutput('ReservedExecutions', { Value: '30' });
  });

  test('may read the database’s password and no other secret', async () => {
    const { template } = await synthesize('standard');
    const statements = Object.values(template.findResources('AWS::IAM::Policy'))
      .flatMap(
        ({ Properties }) =>
          (Properties as { PolicyDocument: { Statement: unknown[] } }).PolicyDocument.Statement,
      )
      .map((statement) => JSON.stringify(statement));
    for (const statement of statements.filter((text) => text.includes('secretsmanager:'))) {
      expect(statement).not.toContain('"Resource":"*"');
    }
    expect(statements.join()).not.toMatch(/"Action":"(\*|lambda:\*|sqs:\*|secretsmanager:\*)"/);
  });

  test('read batches from a stream and retry only failed messages, with INGEST=kinesis', async () => {
    const { template } = await synthesize('kinesis');
    template.hasResourceProperties('AWS::Kinesis::Stream', {
      StreamEncryption: { EncryptionType: 'KMS' },
      // A dead letter contains only positions in the stream, so the messages must stay there.
      RetentionPeriodHours: 7 * 24,
    });
    template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      BisectBatchOnFunctionError: true,
      DestinationConfig: { OnFailure: { Destination: Match.anyValue() } },
    });
  });
});

describe('the connector', () => {
  test('runs two tasks with a read-only file system, injected secrets and a health check', async () => {
    const { template } = await synthesize('standard');
    template.hasResourceProperties('AWS::ECS::Service', {
      DesiredCount: 2,
      DeploymentConfiguration: { DeploymentCircuitBreaker: { Enable: true, Rollback: true } },
    });
    template.hasResourceProperties('AWS::ECS::TaskDefinition', {
      ContainerDefinitions: [
        {
          ReadonlyRootFilesystem: true,
          HealthCheck: Match.objectLike({ Retries: 3 }),
          Secrets: Match.arrayWith(
            ['DB_USER', 'DB_PASSWORD', 'ABLY_API_KEY'].map((Name) => Match.objectLike({ Name })),
          ),
        },
      ],
    });
  });

  test('is replaced when the database password has changed', async () => {
    const { template } = await synthesize('standard');
    template.hasResourceProperties('AWS::Events::Rule', { ScheduleExpression: 'rate(5 minutes)' });
    const policies = JSON.stringify(template.findResources('AWS::IAM::Policy'));
    expect(policies).toContain('"Action":["ecs:DescribeServices","ecs:UpdateService"]');
    expect(policies).not.toContain('"Action":"ecs:*"');
  });

  test('is omitted with CONNECTOR=none', async () => {
    const { template } = await synthesize('hosted-connector');
    template.resourceCountIs('AWS::ECS::Service', 0);
  });
});

describe('the migrations', () => {
  test.each(['standard', 'everything'] as const)(
    'run before everything that uses the tables changes (%s)',
    async (name) => {
      const { template, json } = await synthesize(name);
      const [migrations = ''] = Object.keys(template.findResources('Custom::ChatMigrations'));
      const users = Object.entries(json.Resources).filter(
        ([id, { Type, Properties }]) =>
          Type === 'AWS::ECS::Service' ||
          (Type === 'AWS::Lambda::Function' &&
            JSON.stringify(Properties).includes('"PGHOST"') &&
            !id.startsWith('Migrations')),
      );
      expect(users).toHaveLength(4);
      for (const [id, { DependsOn = [] }] of users) expect(DependsOn, id).toContain(migrations);
    },
  );
});

describe('the network path to the database', () => {
  test.each(['standard', 'aurora', 'proxy'] as const)('is open before the migrations (%s)', async (name) => {
    const { template, json } = await synthesize(name);
    const [migrations] = Object.values(template.findResources('Custom::ChatMigrations'));
    const waitsFor = migrations?.['DependsOn'] as string[];
    const [migrating = ''] = waitsFor.filter((id) => /^MigrationsMigrateAccess/.test(id));
    const rules = Object.entries(json.Resources).filter(
      ([, { Type, Properties }]) =>
        Type === 'AWS::EC2::SecurityGroupIngress' &&
        JSON.stringify((Properties as { SourceSecurityGroupId: object }).SourceSecurityGroupId).includes(
          migrating,
        ),
    );
    // One to the database, one to the secrets.
    expect(rules).toHaveLength(2);
    const [endpoint = ''] = Object.keys(template.findResources('AWS::EC2::VPCEndpoint'));
    expect(waitsFor).toEqual(expect.arrayContaining([endpoint, ...rules.map(([id]) => id)]));
  });
});

describe('Ably’s role', () => {
  test('can be assumed by Ably’s account only, and for this app only', async () => {
    const { template } = await synthesize('standard');
    template.hasResourceProperties('AWS::IAM::Role', {
      AssumeRolePolicyDocument: {
        Statement: [
          {
            Action: 'sts:AssumeRole',
            Effect: 'Allow',
            Principal: { AWS: 'arn:aws:iam::203461409171:root' },
            Condition: { StringEquals: { 'sts:ExternalId': 'account.app' } },
          },
        ],
      },
    });
  });

  const INVOKE = 'lambda:InvokeFunction';
  const PUT = ['kinesis:PutRecord', 'kinesis:PutRecords'];

  test.each([
    ['lambda', [INVOKE]],
    ['kinesis', [INVOKE, PUT]],
    ['draining', [INVOKE, PUT]],
  ])('may feed the function and the stream, and nothing else (INGEST=%s)', async (INGEST, actions) => {
    const { template } = await synthesize('standard', { INGEST });
    const [role] = Object.values(
      template.findResources('AWS::IAM::Role', {
        Properties: { Description: 'Assumed by the rule of one Ably app' },
      }),
    );
    const { Policies } = role?.['Properties'] as { Policies: { PolicyDocument: { Statement: object[] } }[] };
    const statements = Policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
    expect(statements).toEqual(
      actions.map((Action) => ({
        Action,
        Effect: 'Allow',
        Resource: { 'Fn::GetAtt': [expect.any(String), 'Arn'] },
      })),
    );
  });
});
