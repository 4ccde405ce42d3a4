import type { Permission } from '../../src/aws/aws.ts';
import { permissionsOf, type Command } from '../../src/deploy/permissions.ts';
import { ACCOUNT, REGION } from './aws-request.ts';
import { USER } from './fake-aws-server.ts';

const SIMULATE = { action: 'iam:SimulatePrincipalPolicy', resource: '*' };
const COMMANDS: readonly Command[] = ['deploy', 'doctor', 'doctor -- --all', 'destroy', 'redrive'];

/** @param stage whose permissions the person has */
export function createState(stage: string) {
  const settings = { AWS_REGION: REGION, STAGE: stage, CDK_QUALIFIER: 'hnb659fds' };
  const identity = { account: ACCOUNT, arn: USER };
  return {
    stacks: new Map<string, { status: string; outputs: Record<string, string> }>(),
    /** Values by name, or by ARN where the template creates the secret. */
    secrets: new Map<string, string>(),
    /** The values with the label AWSPREVIOUS, in the same way. */
    previousSecrets: new Map<string, string>(),
    unreserved: 1000,
    /** Permissions of the person at the terminal: those that the commands claim to need. */
    granted: [SIMULATE, ...COMMANDS.flatMap((command) => permissionsOf(command, identity, settings))],
    used: [] as Permission[],
    /** Permissions that the deployment has simulated. */
    simulated: [] as Permission[],
    protected: true,
    keepsSnapshot: true,
    /** Output of the programs that fail at their next run, by `<program> <first argument>`. */
    failing: new Map<string, string>(),
    runs: [] as { program: string; args: readonly string[]; env: Record<string, string> }[],
    deadLetters: [] as string[],
    invoked: [] as string[],
    rowsWaiting: 0 as number | undefined,
    running: 2,
    /** Whether the template differs from the deployed one. */
    differs: false,
    dockerRuns: true,
    dockerVersion: '27.0.3',
  };
}
export type AwsState = ReturnType<typeof createState>;
