import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { promisify } from 'node:util';
import { describe, expect } from 'vitest';
import { deploy } from '../src/deploy/deploy.ts';
import { createPrograms } from '../src/deploy/programs.ts';
import { REPOSITORY } from '../src/names.ts';
import { createTerminal } from '../src/terminal.ts';
import { test as base } from './support/clouds-test.ts';
import { SETTINGS } from './support/fake-clouds.ts';

/** `io`: streams of a process without a terminal, and what was written to them. */
const test = base
  .extend('io', () => {
    const written = { stdout: '', stderr: '' };
    const collect = (name: keyof typeof written) =>
      new Writable({
        write(chunk, _encoding, done) {
          written[name] += String(chunk);
          done();
        },
      });
    return { written, stdin: Readable.from([]), stdout: collect('stdout'), stderr: collect('stderr') };
  })
  .extend('run', ({ fakes, io }) => (json: boolean) => {
    const { print, prompt, report } = createTerminal(io, json);
    return deploy({ ...fakes.clouds(), print, prompt }, { yes: true, report });
  });

describe('deploy with --json', () => {
  test('writes the outputs to stdout as one document, and messages to stderr', async ({ run, io, fakes }) => {
    await run(true);
    expect(JSON.parse(io.written.stdout)).toEqual({
      stage: 'dev',
      site: 'https://my-chat.netlify.app',
      ably: { account: 'acc123', app: 'id1' },
      aws: {
        account: '111122223333',
        region: 'eu-central-1',
        stack: 'serverless-chat-dev',
        outputs: fakes.aws.stacks.get('serverless-chat-dev')?.outputs,
      },
    });
    expect(io.written.stderr).toMatch(/^Checks\n[^]*The chat is at https:\/\/my-chat/);
  });

  test('writes no secret', async ({ run, io, fakes }) => {
    await run(true);
    const secrets = [...fakes.ably.state.keys.map(({ key }) => key), ...fakes.aws.secrets.values()];
    expect(secrets.length).toBeGreaterThan(4);
    for (const secret of [...secrets, SETTINGS.ABLY_CONTROL_TOKEN, SETTINGS.NETLIFY_AUTH_TOKEN])
      expect(io.written.stdout).not.toContain(secret);
  });

  test('writes nothing to stdout when a step fails', async ({ run, io, fakes }) => {
    fakes.smoke.failure = 'no row came back';
    await expect(run(true)).rejects.toThrow(/no row came back/);
    expect(io.written.stdout).toBe('');
  });

  test('passes the output of programs to the stream of the messages', async ({ io }) => {
    const { code } = await createPrograms(io.stderr).cdk(['--version'], {});
    expect(code).toBe(0);
    expect(io.written.stderr).toMatch(/^\d+\.\d+\.\d+ /);
  });
});

test('deploy without --json writes messages to stdout, and no document', async ({ run, io }) => {
  await run(false);
  expect(io.written.stdout).toMatch(/^Checks\n[^]*The chat is at https:\/\/my-chat\S+\n$/);
  expect(io.written.stderr).toBe('');
});

describe('the program behind npm run deploy -- --json', () => {
  /** Every cloud rejects the credentials, so the deployment ends after its checks. */
  const OFFLINE = 'globalThis.fetch = async () => new Response("{}", { status: 401 })';

  const start = (...args: string[]) =>
    promisify(execFile)(
      process.execPath,
      [
        '--import',
        `data:text/javascript,${encodeURIComponent(OFFLINE)}`,
        join(REPOSITORY, 'infra/src/main.ts'),
        ...args,
      ],
      {
        env: {
          PATH: process.env['PATH'],
          ...SETTINGS,
          CONNECTOR_IMAGE: 'codebuild',
          AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
          AWS_MAX_ATTEMPTS: '1',
          AWS_ACCESS_KEY_ID: 'test',
          AWS_SECRET_ACCESS_KEY: 'test',
        },
      },
    );

  test('writes its checks to stderr', async () => {
    await expect(start('deploy', '--json', '--yes')).rejects.toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^Checks\n[^]*Nothing was changed/) as string,
    });
  });

  test('rejects --plan, which has no outputs', async () => {
    await expect(start('deploy', '--json', '--plan')).rejects.toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/--plan creates none/) as string,
    });
  });
});
