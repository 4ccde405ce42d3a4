import type { Stack } from 'aws-cdk-lib';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test as base } from 'vitest';
import { createPrograms } from '../src/deploy/programs.ts';
import { stackName } from '../src/names.ts';
import { readStackSettings } from '../src/settings.ts';
import { createApp } from '../src/stack/app.ts';
import { buildArtefacts } from '../src/stack/artefacts.ts';
import { SYNTHESIS_TIMEOUT } from './support/synth.ts';

const SETTINGS = { AWS_REGION: 'eu-central-1', ABLY_EXTERNAL_ID: 'account.app', CONNECTOR: 'none' };

const STACK = stackName('dev');

/** `folder`: a temporary folder for the cloud assembly. */
const test = base.extend('folder', async ({ task }, { onCleanup }) => {
  const folder = await mkdtemp(join(tmpdir(), `chat-cdk-${task.id}-`));
  onCleanup(() => rm(folder, { recursive: true, force: true }));
  return folder;
});

describe('the CDK’s command line', { timeout: SYNTHESIS_TIMEOUT }, () => {
  test('synthesizes the template offline and without credentials', async ({ folder }) => {
    const offline = {
      AWS_ACCESS_KEY_ID: '',
      AWS_SECRET_ACCESS_KEY: '',
      AWS_PROFILE: '',
      AWS_CONFIG_FILE: '/nonexistent',
      AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
      AWS_EC2_METADATA_DISABLED: 'true',
      HTTPS_PROXY: 'http://127.0.0.1:9',
    };
    const { code, output } = await createPrograms(process.stdout).cdk(
      ['synth', '--quiet', '--output', folder],
      { ...SETTINGS, ...offline },
      false,
    );
    expect(output).not.toMatch(/error/i);
    expect(code).toBe(0);
    const template = JSON.parse(await readFile(join(folder, `${STACK}.template.json`), 'utf8')) as {
      Resources: object;
    };
    expect(Object.keys(template.Resources).length).toBeGreaterThan(50);
  });

  test('names every wrong setting instead of synthesizing', async ({ folder }) => {
    const { code, output } = await createPrograms(process.stdout).cdk(
      ['synth', '--output', folder],
      { AWS_REGION: 'here', ABLY_EXTERNAL_ID: '' },
      false,
    );
    expect(code).not.toBe(0);
    expect(output).toMatch(/AWS_REGION: must be an AWS region/);
    expect(output).toMatch(/ABLY_EXTERNAL_ID: must be set/);
  });
});

describe('createApp', { timeout: SYNTHESIS_TIMEOUT }, () => {
  test('fails on a security violation without an acknowledged reason', async ({ folder }) => {
    const app = createApp(readStackSettings(SETTINGS), await buildArtefacts(), folder);
    new Queue(app.node.findChild(STACK) as Stack, 'Unencrypted');
    expect(() => app.synth()).toThrow(/does not require requests to use SSL/);
  });

  test('creates the same assets from the same sources', async ({ folder }) => {
    const assets = async (name: string) => {
      const outdir = join(folder, name);
      const assembly = createApp(readStackSettings(SETTINGS), await buildArtefacts(), outdir).synth();
      const manifest = await readFile(join(assembly.directory, `${STACK}.assets.json`), 'utf8');
      const ids = Object.keys((JSON.parse(manifest) as { files: object }).files);
      return ids.filter((id) => !id.startsWith(STACK));
    };
    expect(await assets('one')).toEqual(await assets('two'));
  });
});
