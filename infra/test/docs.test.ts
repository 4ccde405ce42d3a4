import { INCOMING_CHANNEL, OUTGOING_CHANNEL } from '@chat/contract';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { authKey, connectorKey, ingestRule } from '../src/ably/wishes.ts';
import { permissions } from '../src/deploy/permissions.ts';
import { NETLIFY_ENV, REPOSITORY } from '../src/names.ts';
import { synthesize } from './support/synth.ts';

const read = (page: string): string => readFileSync(join(REPOSITORY, 'docs', page), 'utf8');

describe('the runbook', () => {
  it('has a heading for each alarm, and no other', async () => {
    const headings = [...read('runbook.md').matchAll(/^## (\w+)$/gm)].map(([, name]) => name);
    const { template } = await synthesize('everything');
    const alarms = Object.values(template.findResources('AWS::CloudWatch::Alarm')).map(
      ({ Properties }) => Properties as { AlarmName: string; AlarmDescription: string },
    );
    const names = alarms.map(({ AlarmName }) => AlarmName.replace(/^serverless-chat-production-/, ''));
    expect(names.toSorted()).toEqual(headings.toSorted());
    for (const { AlarmDescription } of alarms)
      expect(AlarmDescription).toMatch(/ See docs\/runbook\.md#[a-z]+$/);
  });

  it('says for each what happened, where to look and what to do', () => {
    for (const section of read('runbook.md').split(/^## /m).slice(1)) {
      for (const part of ['**What happened.**', '**Look.**', '**Do.**']) expect(section).toContain(part);
    }
  });
});

it('the pages name the version of Netlify’s command line that is run', () => {
  const source = readFileSync(join(REPOSITORY, 'infra/src/deploy/processes.ts'), 'utf8');
  const [pinned] = /netlify-cli@[\d.]+/.exec(source) ?? [];
  expect([...new Set(read('deploying.md').match(/netlify-cli@[\d.]+/g))]).toEqual([pinned]);
});

describe('the steps by hand', () => {
  const page = read('deploying.md');
  const sent = [...page.matchAll(/^ably \/apps\/<app id>\/\w+ -d '(.+)'$/gm)].map(
    ([, body = '']) => JSON.parse(body) as unknown,
  );

  it('send to Ably what the deployment sends', () => {
    const channels = { OUTGOING_CHANNEL, INCOMING_CHANNEL };
    const target = {
      region: 'eu-central-1',
      functionName: '<WriterFunctionName>',
      roleArn: '<AblyRoleArn>',
    };
    for (const wish of [authKey(channels), connectorKey(channels), ingestRule(channels, target)])
      expect(sent).toContainEqual(wish);
  });

  it('set the variables at Netlify without which no function works', () => {
    const set = [...page.matchAll(/ env:set (\w+) /g)].map(([, name]) => name);
    const { ABLY_API_KEY, CHAT_HISTORY_URL, HISTORY_SECRET, IDENTITY_SECRET } = NETLIFY_ENV;
    expect(set).toEqual([ABLY_API_KEY, CHAT_HISTORY_URL, HISTORY_SECRET, IDENTITY_SECRET]);
  });

  it('use outputs that the stack has', async () => {
    const { template } = await synthesize('everything');
    const outputs = Object.keys(template.toJSON()['Outputs'] as object);
    const used = [page, read('runbook.md')].flatMap((text) => [
      ...text.matchAll(/<([A-Z]\w+(?:Arn|Url|Name))>/g),
    ]);
    expect(used.length).toBeGreaterThan(5);
    for (const [, name] of used) expect(outputs).toContain(name);
  });
});

it('the prerequisites name each permission that is checked', () => {
  const [prerequisites = ''] = read('deploying.md').split('## Settings');
  const deployer = { account: '1', arn: 'arn:aws:iam::1:user/deployer' };
  for (const { action } of permissions(deployer, { AWS_REGION: 'eu-central-1', STAGE: 'dev' })) {
    const [service = '', name = ''] = action.split(':');
    expect(prerequisites).toContain(`\`${service}:`);
    expect(prerequisites).toMatch(new RegExp(`[\`:]${name}\``));
  }
});
