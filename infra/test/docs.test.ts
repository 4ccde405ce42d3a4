import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { REPOSITORY } from '../src/names.ts';
import { synthesize } from './support/synth.ts';

const read = (page: string): string => readFileSync(join(REPOSITORY, 'docs', page), 'utf8');

/** Commands that need no cloud, and where they are run. */
const RUN_BY_TESTS: Record<string, string> = {
  'npm test -- deploy': 'is the run that this test belongs to',
  'cd infra && AWS_REGION=eu-central-1 ABLY_EXTERNAL_ID=account.app npx cdk synth --quiet':
    'test/cdk.test.ts',
};

describe.each(['deploying.md', 'runbook.md'])('each command in docs/%s', (page) => {
  it('is run by a test, or marked as needing a cloud account', () => {
    const blocks = [...read(page).matchAll(/([^\n]*)\n+```sh\n([\s\S]*?)```/g)];
    expect(blocks.length).toBeGreaterThan(1);
    for (const [, before = '', commands = ''] of blocks) {
      if (/_needs a cloud account:_$/i.test(before.trim())) continue;
      const lines = commands.split('\n').map((line) => line.replace(/ +#.*/, '').trim());
      for (const line of lines.filter(Boolean)) expect(Object.keys(RUN_BY_TESTS)).toContain(line);
    }
  });
});

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
