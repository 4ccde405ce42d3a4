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

  it('find a Docker that is too old', async () => {
    clouds.aws.dockerVersion = '20.10.24\n';
    await refused(/Docker/);
    expect(clouds.lines.join('\n')).toMatch(/Docker 20\.10\.24 is too old/);
  });

  it('find an identity that may not do what is needed', async () => {
    clouds.aws.denied = ['secretsmanager:CreateSecret'];
    await refused(/AWS credentials/);
  });

  it('find a stack that no deployment can change', async () => {
    clouds.aws.stacks.set('serverless-chat-dev', { status: 'ROLLBACK_COMPLETE', outputs: {} });
    await refused(/AWS limits/);
    expect(clouds.lines.join('\n')).toMatch(/npm run destroy/);
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
