import type { Aws, Permission } from '../../src/aws/aws.ts';
import type { Outcome, Programs } from '../../src/deploy/programs.ts';
import { stackName } from '../../src/names.ts';

/** End of the output of `cdk diff`. */
const DIFFERENCES = '[~] AWS::Lambda::Function\n\n✨  Number of stacks with differences: 1';

/**
 * An in-memory AWS account with stacks and secrets, and the programs that change it. The template
 * itself is tested in stack.test.ts.
 */
export function createFakeAws(stage = 'dev') {
  const state = {
    stacks: new Map<string, { status: string; outputs: Record<string, string> }>(),
    secrets: new Map<string, string>(),
    unreserved: 1000,
    denied: [] as string[] | undefined,
    /** Permissions that the deployment has simulated. */
    simulated: [] as Permission[],
    protected: true,
    /** Output of the programs that fail at their next run, by first argument. */
    failing: new Map<string, string>(),
    runs: [] as { program: string; args: readonly string[]; env: Record<string, string> }[],
    deadLetters: { count: 0, reasons: [] as string[] },
    rowsWaiting: 0 as number | undefined,
    running: 2,
    /** Whether the template differs from the deployed one. */
    differs: false,
    dockerRuns: true,
    dockerVersion: '27.0.3',
  };
  const name = stackName(stage);

  const aws: Aws = {
    identity: () =>
      Promise.resolve({ account: '111122223333', arn: 'arn:aws:iam::111122223333:user/deployer' }),
    deniedActions(_arn, permissions) {
      state.simulated.push(...permissions);
      return Promise.resolve(state.denied);
    },
    unreservedConcurrency: () => Promise.resolve(state.unreserved),
    stack: (id) => Promise.resolve(state.stacks.get(id)),
    setTerminationProtection: () => Promise.resolve(),
    readSecret: (id) => Promise.resolve(state.secrets.get(id)),
    secretArn: (id) =>
      Promise.resolve(
        state.secrets.has(id)
          ? `arn:aws:secretsmanager:eu-central-1:111122223333:secret:${id}-AbCdEf`
          : undefined,
      ),
    createSecret(id, value) {
      if (state.secrets.has(id)) return Promise.reject(new Error('ResourceExistsException'));
      state.secrets.set(id, value);
      return Promise.resolve();
    },
    updateSecret: (id, value) => Promise.resolve(void state.secrets.set(id, value)),
    deleteSecret: (id) => Promise.resolve(void state.secrets.delete(id)),
    serviceState: () => Promise.resolve({ running: state.running, desired: 2 }),
    peekDeadLetters: () => Promise.resolve(state.deadLetters),
    latestMetric: () => Promise.resolve(state.rowsWaiting),
    roleTrust: () => {
      const externalId = state.stacks.get(name)?.outputs['AblyExternalId'];
      return Promise.resolve(`{"AWS":"arn:aws:iam::203461409171:root","sts:ExternalId":"${externalId}"}`);
    },
    functionState: () => Promise.resolve('Active'),
    setDeletionProtection: (_database, _aurora, enabled) => Promise.resolve(void (state.protected = enabled)),
    snapshots: (database) => Promise.resolve([`${database}-final`]),
  };

  const finish = (program: string, args: readonly string[], env: Record<string, string>): Outcome => {
    state.runs.push({ program, args, env });
    const failure = state.failing.get(args[0] ?? '');
    if (failure === undefined) return { code: 0, output: '' };
    state.failing.delete(args[0] ?? '');
    return { code: 1, output: failure };
  };

  const programs: Programs = {
    cdk(args, env) {
      const outcome = finish('cdk', args, env);
      if (outcome.code !== 0) return Promise.resolve(outcome);
      switch (args[0] ?? '') {
        case 'bootstrap':
          state.stacks.set('CDKToolkit', { status: 'CREATE_COMPLETE', outputs: {} });
          break;
        case 'diff':
          return Promise.resolve(state.differs ? { code: 1, output: DIFFERENCES } : outcome);
        case 'deploy':
          state.stacks.set(name, { status: 'CREATE_COMPLETE', outputs: outputsOf(env) });
          if (!state.secrets.has('arn:history')) state.secrets.set('arn:history', 'h'.repeat(48));
          if (!state.secrets.has('arn:identity')) state.secrets.set('arn:identity', 'i'.repeat(48));
          state.differs = false;
          break;
        case 'destroy':
          state.stacks.delete(name);
          break;
      }
      return Promise.resolve(outcome);
    },
    netlify: (args, env) => Promise.resolve(finish('netlify', args, env)),
    docker: () =>
      Promise.resolve(
        state.dockerRuns ? { code: 0, output: state.dockerVersion } : { code: 127, output: 'ENOENT' },
      ),
  };
  return { aws, programs, state };
}

function outputsOf(env: Record<string, string>): Record<string, string> {
  return {
    WriterFunctionName: 'writer-1',
    HistoryUrl: 'https://history.lambda-url.example/',
    HistorySecretArn: 'arn:history',
    IdentitySecretArn: 'arn:identity',
    AblyRoleArn: 'arn:aws:iam::111122223333:role/ably',
    AblyExternalId: env['ABLY_EXTERNAL_ID'] ?? '',
    DeadLetterQueueUrl: 'https://sqs.example/dead',
    ConnectorClusterName: 'cluster',
    ConnectorServiceName: 'service',
    DatabaseIdentifier: 'database-1',
    DatabaseKind: env['DATABASE'] ?? '',
    IngestKind: env['INGEST'] ?? '',
    DashboardUrl: 'https://console.example/',
    ...(env['INGEST'] !== 'lambda' && { IngestStreamName: 'stream-1' }),
  };
}
