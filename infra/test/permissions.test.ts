import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect } from 'vitest';
import type { Permission } from '../src/aws/aws.ts';
import { deploy } from '../src/deploy/deploy.ts';
import { destroy } from '../src/deploy/destroy.ts';
import { permissionsOf, type Command } from '../src/deploy/permissions.ts';
import { doctorAll } from '../src/doctor/all-stages.ts';
import { doctor } from '../src/doctor/doctor.ts';
import { REPOSITORY } from '../src/names.ts';
import { ACCOUNT, REGION } from './support/aws-request.ts';
import { test } from './support/clouds-test.ts';
import { isGranted, USER } from './support/fake-aws-server.ts';
import type { FakeClouds } from './support/fake-clouds.ts';

/** Long enough that CloudFormation shortens it in names. */
const STAGE = 'production';

const LETTER = {
  timestamp: 't',
  requestContext: { requestId: 'r', condition: 'RetriesExhausted', approximateInvokeCount: 3 },
  requestPayload: {},
};

/** Sends the dead letters again with the program behind `npm run redrive -- --queue`. */
async function redrive({ aws, awsUrl }: FakeClouds): Promise<void> {
  const { outputs = {} } = aws.stacks.get('serverless-chat-production') ?? {};
  const { DeadLetterQueueUrl: queue = '', WriterFunctionName: name = '' } = outputs;
  const functionArn = `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${name}:$LATEST`;
  const requestContext = { ...LETTER.requestContext, functionArn };
  aws.deadLetters.push(JSON.stringify({ ...LETTER, requestContext }));
  const cli = join(REPOSITORY, 'local/stack/src/dead-letters/redrive-cli.ts');
  await promisify(execFile)(process.execPath, [cli, '--queue', queue, '--function', name], {
    env: {
      PATH: process.env['PATH'],
      AWS_ENDPOINT_URL: awsUrl,
      AWS_REGION: REGION,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
    },
  });
}

/** Returns the permissions that this uses. Without the simulation, the checks are only weaker. */
async function usedBy({ aws }: FakeClouds, work: () => Promise<unknown>): Promise<Permission[]> {
  aws.used.length = 0;
  await work();
  return aws.used.filter(({ action }) => action !== 'iam:SimulatePrincipalPolicy');
}

/** Everything that a command may call, in all configurations. */
const RUNS: Record<Command, (fakes: FakeClouds) => Promise<Permission[]>> = {
  deploy: (fakes) =>
    usedBy(fakes, async () => {
      await deploy(fakes.clouds(), { yes: true });
      // The second one compares, and stores a new key.
      for (const key of fakes.ably.state.keys) key.status = 1;
      await deploy(fakes.clouds(), { yes: true });
    }),
  async doctor(fakes) {
    await deploy(fakes.clouds(), { yes: true });
    fakes.aws.deadLetters.push(JSON.stringify(LETTER));
    return usedBy(fakes, () => doctor(fakes.clouds(), 'http://127.0.0.1:9/time'));
  },
  async 'doctor -- --all'(fakes) {
    await deploy(fakes.clouds(), { yes: true });
    fakes.aws.deadLetters.push(JSON.stringify(LETTER));
    return usedBy(fakes, () => doctorAll(fakes.clouds()));
  },
  async destroy(fakes) {
    const used: Permission[] = [];
    for (const DATABASE of ['instance', 'aurora']) {
      await deploy(fakes.clouds(), { yes: true });
      used.push(...(await usedBy(fakes, () => destroy(fakes.clouds({ DATABASE }), { confirmed: STAGE }))));
    }
    return used;
  },
  async redrive(fakes) {
    await deploy(fakes.clouds(), { yes: true });
    return usedBy(fakes, () => redrive(fakes));
  },
};

describe('the permissions of a command', () => {
  test.override('stage', STAGE);

  test.for(Object.keys(RUNS) as Command[])(
    '%s: are exactly those of its calls',
    async (command, { fakes }) => {
      const used = await RUNS[command](fakes);
      const settings = { AWS_REGION: REGION, STAGE, CDK_QUALIFIER: 'hnb659fds' };
      const claims = permissionsOf(command, { account: ACCOUNT, arn: USER }, settings);
      expect(used.filter((one) => !isGranted(claims, one))).toEqual([]);
      expect(claims.filter((one) => !used.some((call) => isGranted([one], call)))).toEqual([]);
    },
  );

  test('are enforced by the fake', async ({ fakes }) => {
    const isSecret = (resource: string) => resource.includes('IdentitySecret');
    fakes.aws.granted = fakes.aws.granted.filter(({ resource }) => !isSecret(resource));
    // A simulation would report it before; some identities may not simulate.
    fakes.aws.granted = fakes.aws.granted.filter(({ action }) => action !== 'iam:SimulatePrincipalPolicy');
    await expect(deploy(fakes.clouds(), { yes: true })).rejects.toThrow(
      /Netlify variables failed: AWS call "readSecret" failed: AccessDenied.*docs\/deploying\.md/,
    );
  });
});
