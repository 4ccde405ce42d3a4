import { INCOMING_CHANNEL, OUTGOING_CHANNEL } from '@chat/contract';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { CAPABILITY_LABELS } from '../src/ably/access-token.ts';
import { authKey, connectorKey, ingestRule } from '../src/ably/desired-state.ts';
import { outputsOf } from '../src/deploy/outputs.ts';
import { permissionsOf, type Command } from '../src/deploy/permissions.ts';
import { NETLIFY_ENV, OUTPUTS, REPOSITORY } from '../src/names.ts';
import { ENV, readDeploySettings } from '../src/settings.ts';
import { SETTINGS } from './support/fake-clouds.ts';
import { SYNTHESIS_TIMEOUT, synthesize } from './support/synth.ts';

beforeAll(() => synthesize('everything'), SYNTHESIS_TIMEOUT);

const read = (page: string): string => readFileSync(join(REPOSITORY, 'docs', page), 'utf8');
const deploying = read('deploying.md');
const runbook = read('runbook.md');

/** Returns the text below a heading, without the heading itself. */
function section(page: string, heading: string): string {
  const [, text] = page.split(`\n${heading}\n`);
  if (text === undefined) throw new Error(`No heading "${heading}"`);
  const level = heading.replace(/ .*/, '');
  return text.split(new RegExp(`\n#{1,${level.length}} `))[0] ?? '';
}

describe('the runbook', () => {
  test('has one heading for each alarm, and no other', async () => {
    const headings = [...runbook.matchAll(/^## (\w+)$/gm)].map(([, name]) => name);
    const { template } = await synthesize('everything');
    const alarms = Object.values(template.findResources('AWS::CloudWatch::Alarm')).map(
      ({ Properties }) => Properties as { AlarmName: string; AlarmDescription: string },
    );
    const names = alarms.map(({ AlarmName }) => AlarmName.replace(/^serverless-chat-production-/, ''));
    expect(names.toSorted()).toEqual(headings.toSorted());
    for (const [index, { AlarmDescription }] of alarms.entries())
      expect(AlarmDescription).toMatch(new RegExp(` See docs/runbook\\.md#${names[index]?.toLowerCase()}$`));
  });

  test('describes condition, investigation and resolution of each alarm', () => {
    for (const text of runbook.split(/^## /m).slice(1)) {
      for (const part of ['### Condition', '### Investigation', '### Resolution'])
        expect(text).toContain(`\n${part}\n`);
    }
  });
});

test('the runbook explains each rate limit that the connector keeps to', () => {
  const spec = readFileSync(join(REPOSITORY, 'connector/SPEC.md'), 'utf8');
  const codes = [...new Set(spec.match(/\b429\d\d\b/g))];
  expect(codes.length).toBeGreaterThan(3);
  for (const code of codes) expect(section(runbook, '## ConnectorLag')).toContain(`\`${code}\``);
});

describe('the settings in docs/deploying.md', () => {
  const settings = section(deploying, '## Settings');
  const items = new Map(
    [...settings.matchAll(/^- `([A-Z_]+)`: ((?:.|\n {2})+)/gm)].map(([, name = '', text = '']) => [
      name,
      text,
    ]),
  );

  test('are exactly the ones that the deployment reads', () => {
    expect([...items.keys()].toSorted()).toEqual(Object.keys(ENV).toSorted());
  });

  test('are required exactly where a deployment fails without them', () => {
    const required = [...section(settings, '### Required').matchAll(/^- `([A-Z_]+)`/gm)].map(
      ([, name]) => name,
    );
    let problems: string[] = [];
    try {
      readDeploySettings({});
    } catch (error) {
      problems = (error as { problems: string[] }).problems;
    }
    expect(required.toSorted()).toEqual(problems.map((problem) => problem.split(':')[0]).toSorted());
  });

  test('have the defaults of the code', () => {
    const defaults = Object.entries(readDeploySettings(SETTINGS)).filter(
      ([name]) => !Object.hasOwn(SETTINGS, name) && name !== 'CONNECTOR_CPU',
    );
    expect(defaults.length).toBeGreaterThan(8);
    for (const [name, value] of defaults)
      expect(items.get(name), name).toContain(`default \`${String(value)}\``);
  });
});

describe('the first deployment in docs/deploying.md', () => {
  const first = section(deploying, '## The first deployment');
  const manual = section(first, '### What you do');
  const numbered = (text: string) => text.match(/^\d+\. .*(?:\n {3}.*)*/gm) ?? [];

  test('has at most three manual steps, the last of which is npm run deploy', () => {
    const steps = numbered(manual);
    expect(steps.length).toBeGreaterThan(0);
    expect(steps.length).toBeLessThanOrEqual(3);
    expect(steps.at(-1)).toContain('`npm run deploy`');
    const commands = [...manual.matchAll(/^(npm .+?)(?: +#.*)?$/gm)].map(([, command]) => command);
    expect(commands).toEqual(['npm run deploy -- --plan', 'npm run deploy']);
  });

  test('leaves every other step to npm run deploy', () => {
    const [before = ''] = deploying.split('\n## What it costs\n');
    const automatic = numbered(section(first, '### What `npm run deploy` does'));
    expect(numbered(before)).toEqual([...numbered(manual), ...automatic]);
  });
});

describe('the steps by hand', () => {
  const bodies = [...deploying.matchAll(/^ably \/apps\/<app id>\/\w+ -d '([^']+)'$/gm)].map(
    ([, body = '']) => JSON.parse(body) as unknown,
  );

  test('send the same requests to Ably as the deployment', () => {
    const channels = { OUTGOING_CHANNEL, INCOMING_CHANNEL };
    const target = {
      region: 'eu-central-1',
      functionName: '<WriterFunctionName>',
      roleArn: '<AblyRoleArn>',
    };
    for (const desired of [authKey(channels), connectorKey(channels), ingestRule(channels, target)])
      expect(bodies).toContainEqual(desired);
  });

  test('set every Netlify variable that has no default', () => {
    const set = [...deploying.matchAll(/ env:set (\w+) /g)].map(([, name]) => name);
    const { ABLY_API_KEY, CHAT_HISTORY_URL, HISTORY_SECRET, IDENTITY_SECRET } = NETLIFY_ENV;
    expect(set).toEqual([ABLY_API_KEY, CHAT_HISTORY_URL, HISTORY_SECRET, IDENTITY_SECRET]);
  });

  test('use outputs that the stack has', async () => {
    const { template } = await synthesize('everything');
    const outputs = Object.keys(template.toJSON()['Outputs'] as object);
    const used = [deploying, runbook].flatMap((text) => [...text.matchAll(/<([A-Z]\w+(?:Arn|Url|Name))>/g)]);
    expect(used.length).toBeGreaterThan(5);
    for (const [, name] of used) expect(outputs).toContain(name);
  });

  test('use the same version of Netlify’s command line as the deployment', () => {
    const source = readFileSync(join(REPOSITORY, 'infra/src/deploy/programs.ts'), 'utf8');
    const [pinned] = /netlify-cli@[\d.]+/.exec(source) ?? [];
    expect([...new Set(deploying.match(/netlify-cli@[\d.]+/g))]).toEqual([pinned]);
  });
});

test('the document of --json has the fields and outputs of the code', () => {
  const text = section(deploying, '### Outputs for other programs');
  const [, example = ''] = /```json\n([^]*?)```/.exec(text) ?? [];
  const documented = JSON.parse(example) as ReturnType<typeof outputsOf>;
  const { account, app } = documented.ably;
  const facts = {
    ablyAccount: account,
    app: { id: app, name: 'serverless-chat-dev' },
    awsAccount: documented.aws.account,
    outputs: documented.aws.outputs,
    site: { id: 's', name: 'my-chat', account_slug: 'my-team' },
  };
  expect(documented).toEqual(outputsOf(readDeploySettings(SETTINGS), facts));
  const named = [...Object.keys(documented.aws.outputs), 'DeployRoleArn', 'IngestStreamName'];
  expect(named.toSorted()).toEqual(Object.values(OUTPUTS).toSorted());
  for (const name of [OUTPUTS.ingestStream, OUTPUTS.cluster, OUTPUTS.service])
    expect(text.replace(example, '')).toContain(`\`${name}\``);
});

test('the prerequisites name each capability of the Ably token as its dashboard does', () => {
  const prerequisites = section(deploying, '### Ably').replaceAll(/\s+/g, ' ');
  for (const label of Object.values(CAPABILITY_LABELS)) expect(prerequisites).toContain(`_${label}_`);
});

describe('the permissions in docs/deploying.md', () => {
  const lists = section(deploying, '### AWS').split(/^(?=`npm run )/m);

  test.each(['deploy', 'doctor', 'doctor -- --all', 'destroy', 'redrive'] satisfies Command[])(
    'are exactly those of npm run %s, with their resources',
    (command) => {
      const list = lists.find((text) => text.startsWith(`\`npm run ${command}`)) ?? '';
      const identity = { account: '<account>', arn: 'arn:aws:iam::1:user/deployer' };
      const settings = { AWS_REGION: '<region>', STAGE: '<stage>', CDK_QUALIFIER: 'hnb659fds' };
      const claims = permissionsOf(command, identity, settings);
      const described = [...list.matchAll(/^- ((?:.|\n {2})+)/gm)].flatMap(([, item = '']) => {
        const codes = [...item.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);
        const isAction = (code: string) => /^[a-z]+:[A-Z]/.test(code);
        const resources = codes.filter((code) => !isAction(code));
        return codes
          .filter(isAction)
          .flatMap((action) => resources.map((resource) => `${action} ${resource}`));
      });
      const expected = claims.map(({ action, resource }) => {
        // Without the parts that are the same in all ARNs of an account.
        return `${action} ${resource.replace(/^arn:aws:[\w-]+:(<region>)?:<account>:(role\/|secret:)?/, '')}`;
      });
      expect(described.toSorted()).toEqual(expected.toSorted());
    },
  );
});
