import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { deploy } from '../src/deploy/deploy.ts';
import { startClouds, type Clouds } from './support/clouds.ts';

let clouds: Clouds;

beforeEach(async () => {
  clouds = await startClouds();
});
afterEach(() => clouds.close());

const YES = { yes: true };

describe('the checks', () => {
  const refused = (problems: RegExp) => expect(deploy(clouds.world(), YES)).rejects.toThrow(problems);
  afterEach(() => expect(clouds.ably.faults.changes()).toEqual([]));

  it('tell every problem at once, before anything is changed', async () => {
    clouds.aws.dockerRuns = false;
    clouds.aws.unreserved = 10;
    clouds.ably.state.capabilities = ['read:app'];
    await refused(/Nothing was changed.*Docker, AWS limits, Ably token/);
    expect(clouds.lines.join('\n')).toMatch(/lacks write:app, read:key/);
    expect(clouds.lines.join('\n')).toMatch(/Service Quotas/);
  });

  it('find that no Docker answers, and miss it only where an image is built', async () => {
    clouds.aws.dockerRuns = false;
    clouds.aws.unreserved = 0; // so that it ends there also without Docker
    await refused(/put right first: Docker, AWS limits/);
    expect(clouds.lines.join('\n')).toMatch(/Docker, which does not answer: install and start it/);
    const without = deploy(clouds.world({ CONNECTOR: 'none' }), YES);
    await expect(without).rejects.toThrow(/put right first: AWS limits/);
  });

  it.each([
    ['130', undefined, false],
    ['129', undefined, true],
    ['159', '50', true],
  ])('count what is reserved, and the 100 that AWS keeps (%s free)', async (free, concurrency, tooFew) => {
    clouds.aws.unreserved = Number(free);
    clouds.aws.dockerRuns = false; // so that it ends there
    const world = clouds.world(concurrency ? { WRITER_CONCURRENCY: concurrency } : {});
    await expect(deploy(world, YES)).rejects.toThrow(tooFew ? /Docker, AWS limits/ : /first: Docker\.$/);
  });

  it('find a token of Ably that lacks any of what is needed', async () => {
    const all = clouds.ably.state.capabilities;
    for (const missing of all) {
      clouds.ably.state.capabilities = all.filter((one) => one !== missing);
      await refused(/Ably token/);
      expect(clouds.lines.at(-3)).toContain(`lacks ${missing}:`);
    }
  });

  it('know that a site which answers is one’s own', async () => {
    const site = {
      id: 's',
      name: 'my-chat',
      account_slug: 'my-team',
      ssl_url: 'https://my-chat.netlify.app',
    };
    clouds.netlify.state.sites.push(site);
    clouds.netlify.state.taken.push('my-chat');
    clouds.aws.dockerRuns = false; // so that it ends there
    await refused(/first: Docker\.$/);
    expect(clouds.lines.join('\n')).toMatch(/my-chat\.netlify\.app is yours/);
  });

  it('find a Docker that is too old', async () => {
    clouds.aws.dockerVersion = '20.10.24\n';
    await refused(/Docker/);
    expect(clouds.lines.join('\n')).toMatch(/Docker 20\.10\.24 is too old/);
  });

  it('ask for what is done and to what, so that whoever may do no more is allowed enough', async () => {
    clouds.aws.dockerRuns = false; // so that it ends there
    await refused(/Docker/);
    expect(clouds.aws.asked).toContainEqual({
      action: 'secretsmanager:CreateSecret',
      resource:
        'arn:aws:secretsmanager:eu-central-1:111122223333:secret:serverless-chat-dev/connector-ably-key-AbCdEf',
    });
    expect(clouds.aws.asked.filter(({ resource }) => resource === '*')).toEqual([
      { action: 'lambda:GetAccountSettings', resource: '*' },
    ]);
  });

  it('find an identity that may not do what is needed', async () => {
    clouds.aws.denied = ['secretsmanager:CreateSecret'];
    await refused(/AWS credentials/);
  });

  it.each([
    ['ROLLBACK_COMPLETE', /npm run destroy/],
    ['ROLLBACK_FAILED', /npm run destroy/],
    ['DELETE_FAILED', /npm run destroy/],
    ['UPDATE_ROLLBACK_FAILED', /continue-update-rollback --stack-name serverless-chat-dev/],
    ['UPDATE_IN_PROGRESS', /wait until it has ended/],
  ])('find a stack that no deployment can change (%s)', async (status, advice) => {
    clouds.aws.stacks.set('serverless-chat-dev', { status, outputs: {} });
    await refused(/AWS limits/);
    expect(clouds.lines.join('\n')).toMatch(advice);
  });

  it('find that somebody else has the name of the site', async () => {
    clouds.netlify.state.taken.push('my-chat');
    await refused(/Name of the site/);
    expect(clouds.lines.join('\n')).toMatch(/set SITE_NAME to another/);
  });

  it('find several teams, and two apps of one name', async () => {
    clouds.netlify.state.teams.push({ id: 'team2', slug: 'other', name: 'Other' });
    const app = { name: 'serverless-chat-dev', accountId: 'acc123', status: 'enabled', tlsOnly: true };
    clouds.ably.state.apps.push({ id: 'a', ...app }, { id: 'b', ...app });
    await refused(/Ably token, Netlify token/);
    expect(clouds.lines.join('\n')).toMatch(/my-team, other/);
  });

  it('refuse a wrong token in the words of the service', async () => {
    await expect(deploy(clouds.world({ ABLY_CONTROL_TOKEN: 'another-token' }), YES)).rejects.toThrow(
      /Ably token/,
    );
    expect(clouds.lines.join('\n')).toMatch(/answered 401 \(Access denied\)/);
  });
});
