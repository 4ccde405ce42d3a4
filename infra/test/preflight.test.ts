import { describe, expect } from 'vitest';
import { deploy } from '../src/deploy/deploy.ts';
import { test as base } from './support/clouds-test.ts';
import type { FakeClouds } from './support/fake-clouds.ts';
import { addSite } from './support/fake-netlify.ts';

const YES = { yes: true };

/** Fails a test in which a deployment has changed something. */
const test = base.extend('expectNoChanges', { auto: true }, ({ fakes }, { onCleanup }) => {
  onCleanup(() => expect(fakes.ably.faults.changes()).toEqual([]));
});

/** With Docker required, whose absence stops a deployment whose other checks pass. */
const cloudsOf = (fakes: FakeClouds, overrides: Record<string, string> = {}) =>
  fakes.clouds({ CONNECTOR_IMAGE: 'docker', ...overrides });

const expectRejection = (fakes: FakeClouds, problems: RegExp) =>
  expect(deploy(cloudsOf(fakes), YES)).rejects.toThrow(problems);

const revoke = ({ aws }: FakeClouds, action: string): void => {
  aws.granted = aws.granted.filter((one) => one.action !== action);
};

/** Makes one check fail, so that no deployment goes on. */
const stopAtDocker = (fakes: FakeClouds): void => {
  fakes.aws.dockerRuns = false;
};

const inDays = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString();

describe('the preflight checks', () => {
  test('report every problem at once, before anything changes', async ({ fakes }) => {
    fakes.aws.dockerRuns = false;
    fakes.aws.unreserved = 10;
    fakes.ably.state.capabilities = ['read:app'];
    await expectRejection(fakes, /Nothing was changed.*Docker, AWS limits, Ably token/);
    expect(fakes.lines.join('\n')).toMatch(/lacks "Write App" \(write:app\), "Read Key"/);
    expect(fakes.lines.join('\n')).toMatch(/Service Quotas/);
  });

  test.for([
    ['no Docker', false, '27.0.3', /Docker does not respond, so AWS CodeBuild builds/, 'codebuild'],
    ['a Docker that is too old', true, '20.10.24\n', /20\.10\.24 is older than 23, so AWS/, 'codebuild'],
    ['a Docker', true, '27.0.3', /Docker: 27\.0\.3, builds the connector’s image/, 'docker'],
  ] as const)(
    'choose what builds the connector’s image, with %s',
    async ([, runs, version, line, CONNECTOR_IMAGE], { fakes }) => {
      Object.assign(fakes.aws, { dockerRuns: runs, dockerVersion: version, differs: true });
      fakes.aws.stacks.set('serverless-chat-dev', { status: 'UPDATE_COMPLETE', outputs: {} });
      await deploy(fakes.clouds(), { plan: true });
      expect(fakes.lines.join('\n')).toMatch(line);
      expect(fakes.aws.runs).toMatchObject([{ program: 'cdk', env: { CONNECTOR_IMAGE } }]);
    },
  );

  test('do not look for Docker with CONNECTOR_IMAGE=codebuild', async ({ fakes }) => {
    await deploy(fakes.clouds({ CONNECTOR_IMAGE: 'codebuild' }), { plan: true });
    expect(fakes.lines.join('\n')).toContain('Docker: not needed, CONNECTOR_IMAGE=codebuild');
  });

  test('require Docker only for the connector’s image', async ({ fakes }) => {
    fakes.aws.dockerRuns = false;
    fakes.aws.unreserved = 0; // stops the deployment without Docker too
    await expectRejection(fakes, /Fix these first: Docker, AWS limits/);
    expect(fakes.lines.join('\n')).toMatch(
      /Docker does not respond: install Docker 23, or unset CONNECTOR_IMAGE/,
    );
    const without = deploy(cloudsOf(fakes, { CONNECTOR: 'none' }), YES);
    await expect(without).rejects.toThrow(/Fix these first: AWS limits/);
  });

  test.for([
    ['130', undefined, false],
    ['129', undefined, true],
    ['159', '50', true],
  ] as const)(
    'count the reserved executions and the 100 that AWS keeps (%s free)',
    async ([free, concurrency, tooFew], { fakes }) => {
      fakes.aws.unreserved = Number(free);
      stopAtDocker(fakes);
      const clouds = cloudsOf(fakes, concurrency ? { WRITER_CONCURRENCY: concurrency } : {});
      await expect(deploy(clouds, YES)).rejects.toThrow(tooFew ? /Docker, AWS limits/ : /first: Docker\.$/);
    },
  );

  test.for([
    ['10', /Set RESERVE_CONCURRENCY=false.* executions of the account; or raise/],
    ['115', /Set RESERVE_CONCURRENCY=false.*; or set WRITER_CONCURRENCY to at most 5; or raise/],
  ] as const)('name a remedy that helps an account with %s executions', async ([free, remedy], { fakes }) => {
    fakes.aws.unreserved = Number(free);
    await expectRejection(fakes, /first: AWS limits\.$/);
    expect(fakes.lines.join('\n')).toMatch(remedy);
    fakes.lines.length = 0;
    stopAtDocker(fakes);
    await expect(deploy(cloudsOf(fakes, { RESERVE_CONCURRENCY: 'false' }), YES)).rejects.toThrow(
      /: Docker\.$/,
    );
    expect(fakes.lines.join('\n')).toContain(`reserves 0 Lambda executions, ${free} are free`);
  });

  test.for([
    ['the same', '30', {}, false],
    ['fewer', '50', {}, false],
    ['more, for which there is room', '29', {}, false],
    ['more than AWS allows', '28', {}, true],
    ['more writers than AWS allows', '30', { WRITER_CONCURRENCY: '22' }, true],
  ] as const)(
    'count what an existing stack has reserved (%s)',
    async ([, before, settings, tooFew], { fakes }) => {
      const outputs = { ReservedExecutions: before };
      fakes.aws.stacks.set('serverless-chat-dev', { status: 'UPDATE_COMPLETE', outputs });
      fakes.aws.unreserved = 101;
      stopAtDocker(fakes);
      const deployment = deploy(cloudsOf(fakes, settings), YES);
      await expect(deployment).rejects.toThrow(tooFew ? /Docker, AWS limits/ : /first: Docker\.$/);
    },
  );

  test('name each capability that the Ably token lacks', async ({ fakes }) => {
    const all = fakes.ably.state.capabilities;
    for (const missing of all) {
      fakes.ably.state.capabilities = all.filter((one) => one !== missing);
      await expectRejection(fakes, /Ably token/);
      expect(fakes.lines.at(-3)).toMatch(new RegExp(`lacks "[\\w ]+" \\(${missing}\\):`));
    }
  });

  test.for([
    [null, /ok {4}Ably token: account Example, never expires/],
    ['2099-01-01T00:00:00Z', /ok {4}Ably token: account Example, expires on 2099-01-01, in \d+ days/],
    [inDays(6.5), /warn {2}Ably token: .*, in 6 days\. Rotate it at https:.*access_tokens/],
    [inDays(-0.5), /wrong Ably token: The Ably access token expired on .*\. Rotate it at/],
  ] as const)('report when the Ably token expires (%s)', async ([expiresAt, report], { fakes }) => {
    fakes.ably.state.expiresAt = expiresAt;
    stopAtDocker(fakes);
    await expectRejection(
      fakes,
      expiresAt && Date.parse(expiresAt) < Date.now() ? /Ably token/ : /: Docker\.$/,
    );
    expect(fakes.lines.join('\n')).toMatch(report);
  });

  test('accept a site name that belongs to the same account', async ({ fakes }) => {
    addSite(fakes.netlify.state, 'my-chat');
    fakes.netlify.state.foreignNames.push('my-chat');
    stopAtDocker(fakes);
    await expectRejection(fakes, /first: Docker\.$/);
    expect(fakes.lines.join('\n')).toMatch(/my-chat\.netlify\.app is yours/);
  });

  test('reject a Docker that is too old', async ({ fakes }) => {
    fakes.aws.dockerVersion = '20.10.24\n';
    await expectRejection(fakes, /Docker/);
    expect(fakes.lines.join('\n')).toMatch(/Docker 20\.10\.24 is older than 23: install/);
  });

  test('simulate each permission on its resource, so that narrow policies pass', async ({ fakes }) => {
    stopAtDocker(fakes);
    await expectRejection(fakes, /Docker/);
    expect(fakes.aws.simulated).toContainEqual({
      action: 'secretsmanager:CreateSecret',
      resource:
        'arn:aws:secretsmanager:eu-central-1:111122223333:secret:serverless-chat-dev/connector-ably-key-AbCdEf',
    });
    expect(fakes.aws.simulated.filter(({ resource }) => resource === '*')).toEqual([
      { action: 'lambda:GetAccountSettings', resource: '*' },
    ]);
  });

  test('reject an identity that lacks a permission', async ({ fakes }) => {
    revoke(fakes, 'secretsmanager:CreateSecret');
    await expectRejection(fakes, /AWS credentials/);
    expect(fakes.lines.join('\n')).toMatch(/lacks secretsmanager:CreateSecret:/);
  });

  test('accept an identity whose permissions cannot be simulated', async ({ fakes }) => {
    revoke(fakes, 'iam:SimulatePrincipalPolicy');
    stopAtDocker(fakes);
    await expectRejection(fakes, /first: Docker\.$/);
    expect(fakes.lines.join('\n')).toMatch(/its permissions are unknown \(iam:SimulatePrincipalPolicy/);
  });

  test.for([
    ['ROLLBACK_COMPLETE', /npm run destroy/],
    ['ROLLBACK_FAILED', /npm run destroy/],
    ['DELETE_FAILED', /npm run destroy/],
    ['UPDATE_ROLLBACK_FAILED', /continue-update-rollback --stack-name serverless-chat-dev/],
    ['UPDATE_IN_PROGRESS', /wait until that has finished/],
  ] as const)('reject a stack that no deployment can change (%s)', async ([status, remedy], { fakes }) => {
    fakes.aws.stacks.set('serverless-chat-dev', { status, outputs: {} });
    await expectRejection(fakes, /AWS limits/);
    expect(fakes.lines.join('\n')).toMatch(remedy);
  });

  test.for([
    ['DATABASE', { DATABASE: 'aurora' }, /DATABASE cannot change from instance to aurora.*#change-the-kind/],
    ['INGEST', { INGEST: 'lambda' }, /INGEST cannot change from kinesis to lambda.*INGEST=draining/],
  ] as const)('reject a change of %s that would destroy data', async ([, changed, remedy], { fakes }) => {
    const outputs = { DatabaseKind: 'instance', IngestKind: 'kinesis' };
    fakes.aws.stacks.set('serverless-chat-dev', { status: 'UPDATE_COMPLETE', outputs });
    const deployment = deploy(cloudsOf(fakes, { INGEST: 'kinesis', ...changed }), { plan: true });
    await expect(deployment).rejects.toThrow(/Nothing was changed. Fix these first: Changed settings\.$/);
    expect(fakes.lines.join('\n')).toMatch(remedy);
  });

  test('reject a site name that belongs to another customer', async ({ fakes }) => {
    fakes.netlify.state.foreignNames.push('my-chat');
    await expectRejection(fakes, /Site name/);
    expect(fakes.lines.join('\n')).toMatch(/set SITE_NAME to another/);
  });

  test('reject an ambiguous team and two apps of one name', async ({ fakes }) => {
    fakes.netlify.state.teams.push({ id: 'team2', slug: 'other', name: 'Other' });
    const app = { name: 'serverless-chat-dev', accountId: 'acc123', status: 'enabled' } as const;
    const twins = ['a', 'b'].map((id) => ({ ...app, id, created: 1, modified: 1 }));
    fakes.ably.state.apps.push(...twins);
    await expectRejection(fakes, /Ably token, Netlify token/);
    expect(fakes.lines.join('\n')).toMatch(/my-team, other/);
  });

  test('quote the service that rejects a token', async ({ fakes }) => {
    const deployment = deploy(cloudsOf(fakes, { ABLY_CONTROL_TOKEN: 'another-token' }), YES);
    await expect(deployment).rejects.toThrow(/Ably token/);
    expect(fakes.lines.join('\n')).toMatch(/answered 401 \(Access denied\)/);
  });
});
