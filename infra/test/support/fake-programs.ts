import type { Outcome, Programs } from '../../src/deploy/programs.ts';
import { ACCOUNT, REGION } from './aws-request.ts';
import { isGranted } from './fake-aws-server.ts';
import type { AwsState } from './fake-aws-state.ts';

/** End of the output of `cdk diff`. */
const DIFFERENCES = '[~] AWS::Lambda::Function\n\n✨  Number of stacks with differences: 1';

/** Secrets Manager appends six random characters to a name. */
export const secretArn = (name: string) =>
  `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:${name}-AbCdEf`;
export const HISTORY_SECRET = secretArn('HistorySecret9F83522D-a1B2c3D4e5F6');
export const IDENTITY_SECRET = secretArn('IdentitySecretDF5B2705-a1B2c3D4e5F6');

/**
 * Roles that the CDK's command line assumes, by its command:
 * https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html#bootstrapping-env-roles
 */
const ASSUMED: Readonly<Record<string, readonly string[]>> = {
  diff: ['lookup', 'deploy'],
  deploy: ['lookup', 'deploy', 'file-publishing', 'image-publishing'],
  destroy: ['deploy'],
};

/** @param url address of the fake AWS */
export function createFakePrograms(state: AwsState, stack: string, url: string): Programs {
  const finish = (program: string, args: readonly string[], env: Record<string, string>): Outcome => {
    state.runs.push({ program, args, env });
    const command = `${program} ${args[0]}`;
    const failing = state.failing.get(command);
    if (failing === undefined) return { code: 0, output: '' };
    state.failing.delete(command);
    return { code: 1, output: failing };
  };

  const assume = (command: string, qualifier = ''): string | undefined =>
    ASSUMED[command]?.find((name) => {
      const resource = `arn:aws:iam::${ACCOUNT}:role/cdk-${qualifier}-${name}-role-${ACCOUNT}-${REGION}`;
      const permission = { action: 'sts:AssumeRole', resource };
      if (!isGranted(state.granted, permission)) return true;
      state.used.push(permission);
      return false;
    });

  return {
    cdk(args, env) {
      const [command = ''] = args;
      const outcome = finish('cdk', args, env);
      if (outcome.code !== 0) return Promise.resolve(outcome);
      const denied = assume(command, env['CDK_QUALIFIER']);
      if (denied) return Promise.resolve({ code: 1, output: `Could not assume role ${denied}` });
      if (command === 'diff' && state.differs) return Promise.resolve({ code: 1, output: DIFFERENCES });
      changeStacks(state, stack, args, outputsOf(stack, env, url));
      return Promise.resolve(outcome);
    },
    netlify: (args, env) => Promise.resolve(finish('netlify', args, env)),
    docker: () =>
      Promise.resolve(
        state.dockerRuns ? { code: 0, output: state.dockerVersion } : { code: 127, output: 'ENOENT' },
      ),
  };
}

function changeStacks(
  state: AwsState,
  stack: string,
  args: readonly string[],
  outputs: Record<string, string>,
): void {
  const [command = ''] = args;
  switch (command) {
    case 'bootstrap':
      state.stacks.set(optionOf(args, '--toolkit-stack-name') ?? 'CDKToolkit', {
        status: 'CREATE_COMPLETE',
        outputs: {},
      });
      break;
    case 'deploy':
      state.stacks.set(stack, { status: 'CREATE_COMPLETE', outputs });
      if (!state.secrets.has(HISTORY_SECRET)) state.secrets.set(HISTORY_SECRET, 'h'.repeat(48));
      if (!state.secrets.has(IDENTITY_SECRET)) state.secrets.set(IDENTITY_SECRET, 'i'.repeat(48));
      state.differs = false;
      break;
    case 'destroy':
      state.stacks.delete(stack);
      break;
  }
}

/** Generated names as CloudFormation makes them. */
function outputsOf(stack: string, env: Record<string, string>, url: string): Record<string, string> {
  const named = (id: string) => `${stack.slice(0, 24)}-${id}-a1B2c3D4e5F6`;
  return {
    WriterFunctionName: named('WriterFunctionF8DB638B'),
    HistoryUrl: 'https://history.lambda-url.example/',
    HistorySecretArn: HISTORY_SECRET,
    IdentitySecretArn: IDENTITY_SECRET,
    AblyRoleArn: `arn:aws:iam::${ACCOUNT}:role/${named('AblyRole589490BC')}`,
    AblyExternalId: env['ABLY_EXTERNAL_ID'] ?? '',
    DeadLetterQueueUrl: `${url}/${ACCOUNT}/${named('WriterDeadLettersDC2C785B')}`,
    ConnectorClusterName: named('ConnectorCluster6760BE78'),
    ConnectorServiceName: named('ConnectorService0DA4DB5A'),
    DatabaseIdentifier: named('database').toLowerCase(),
    DatabaseKind: env['DATABASE'] ?? '',
    IngestKind: env['INGEST'] ?? '',
    DashboardUrl: 'https://console.example/',
    ...(env['INGEST'] !== 'lambda' && { IngestStreamName: 'stream-1' }),
  };
}

function optionOf(args: readonly string[], name: string): string | undefined {
  const index = args.indexOf(name);
  return index === -1 ? undefined : args[index + 1];
}
