import type { Stack } from 'aws-cdk-lib';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createPrograms } from '../src/deploy/processes.ts';
import { readStackSettings } from '../src/settings.ts';
import { createApp } from '../src/stack/app.ts';
import { buildArtefacts } from '../src/stack/artefacts.ts';

const SETTINGS = { AWS_REGION: 'eu-central-1', ABLY_EXTERNAL_ID: 'account.app', CONNECTOR: 'none' };
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chat-cdk-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it('the CDK’s own command line makes the template, offline and without credentials', async () => {
  const nowhere = {
    AWS_ACCESS_KEY_ID: '',
    AWS_SECRET_ACCESS_KEY: '',
    AWS_PROFILE: '',
    AWS_CONFIG_FILE: '/nonexistent',
    AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
    AWS_EC2_METADATA_DISABLED: 'true',
    HTTPS_PROXY: 'http://127.0.0.1:9',
  };
  const { code, output } = await createPrograms().cdk(
    ['synth', '--quiet', '--output', folder],
    { ...SETTINGS, ...nowhere },
    false,
  );
  expect(output).not.toMatch(/error/i);
  expect(code).toBe(0);
  const template = JSON.parse(await readFile(join(folder, 'Chat.template.json'), 'utf8')) as {
    Resources: object;
  };
  expect(Object.keys(template.Resources).length).toBeGreaterThan(50);
}, 60_000);

it('says which setting is wrong instead of making a template', async () => {
  const { code, output } = await createPrograms().cdk(
    ['synth', '--output', folder],
    { AWS_REGION: 'here', ABLY_EXTERNAL_ID: '' },
    false,
  );
  expect(code).not.toBe(0);
  expect(output).toMatch(/AWS_REGION: must be a region/);
  expect(output).toMatch(/ABLY_EXTERNAL_ID: must be set/);
}, 60_000);

it('a breach of a security rule that nobody has explained makes no template', async () => {
  const app = createApp(readStackSettings(SETTINGS), await buildArtefacts(), folder);
  new Queue(app.node.findChild('Chat') as Stack, 'Careless');
  expect(() => app.synth()).toThrow(/does not require requests to use SSL/);
});

it('the same sources make the same assets', async () => {
  const assets = async (name: string) => {
    const assembly = createApp(
      readStackSettings(SETTINGS),
      await buildArtefacts(),
      join(folder, name),
    ).synth();
    const manifest = await readFile(join(assembly.directory, 'Chat.assets.json'), 'utf8');
    return Object.keys((JSON.parse(manifest) as { files: object }).files).filter(
      (id) => !id.startsWith('Chat'),
    );
  };
  expect(await assets('one')).toEqual(await assets('two'));
});
