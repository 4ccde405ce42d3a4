import { connectorKeySecretName, stackName } from '../../names.ts';
import { toEnvironment } from '../../settings.ts';
import { known, type Facts, type Step, type World } from '../world.ts';

const BOOTSTRAP_STACK = 'CDKToolkit';

/** The last line of `cdk diff`. */
const HAS_DIFFERENCES = /Number of stacks with differences: [1-9]/;

/** What `cdk deploy` needs in each account and region, once: a bucket, a registry, roles. */
export function cdkBootstrap({ aws, programs, settings }: World): Step {
  const isDone = async () => /_COMPLETE$/.test((await aws.stack(BOOTSTRAP_STACK))?.status ?? '');
  return {
    name: 'CDK bootstrap',
    async plan() {
      return [
        {
          kind: (await isDone()) ? 'keep' : 'create',
          what: `stack ${BOOTSTRAP_STACK} in ${settings.AWS_REGION}`,
        },
      ];
    },
    async run(facts) {
      if (await isDone()) return 'there already';
      facts.awsAccount ??= (await aws.identity()).account;
      const place = `aws://${facts.awsAccount}/${settings.AWS_REGION}`;
      const { code, output } = await programs.cdk(['bootstrap', place], environment(facts, settings));
      if (code !== 0) throw new Error(`cdk bootstrap ended with code ${code}: ${lastLines(output)}`);
      return `made in ${place}`;
    },
  };
}

/** Made by Ably, so CloudFormation cannot make it; and a template or a command line would show it. */
export function connectorSecret({ aws, ably, settings }: World): Step {
  const name = connectorKeySecretName(settings.STAGE);
  return {
    name: 'Connector’s key',
    async plan(facts) {
      const stored = await aws.readSecret(name);
      if (stored === undefined) return [{ kind: 'create', what: `secret ${name}` }];
      const keys = facts.app ? await ably.keys(facts.app.id) : [];
      const isCurrent = keys.some(({ key, status }) => key === stored && status === 0);
      return [{ kind: isCurrent ? 'keep' : 'update', what: `secret ${name}` }];
    },
    async run(facts) {
      const { key } = known(facts.connectorKey, 'The connector’s key');
      const stored = await aws.readSecret(name);
      if (stored === key) return `unchanged in ${name}`;
      if (stored === undefined) await aws.createSecret(name, key);
      else await aws.updateSecret(name, key);
      return `stored in ${name}`;
    },
  };
}

/** Database, migrations, functions, connector, alarms: whatever differs from what is there. */
export function awsStack({ aws, programs, settings, say }: World): Step {
  const name = stackName(settings.STAGE);
  return {
    name: 'AWS stack',
    async plan(facts) {
      const stack = await aws.stack(name);
      if (!stack) return [{ kind: 'create', what: `stack ${name} (some 15 minutes)` }];
      facts.outputs = stack.outputs;
      const { code, output } = await programs.cdk(
        ['diff', '--fail', '--method', 'template'],
        environment(facts, settings),
        false,
      );
      if (code === 0) return [{ kind: 'keep', what: `stack ${name}` }];
      // A diff that could not be made ends with the same code as one that found something.
      if (!HAS_DIFFERENCES.test(output))
        throw new Error(`cdk diff ended with code ${code}: ${lastLines(output)}`);
      say(output.trim());
      return [{ kind: 'update', what: `stack ${name}: see the differences above` }];
    },
    async run(facts) {
      const args = ['deploy', '--require-approval', 'never', '--progress', 'events'];
      const { code, output } = await programs.cdk(args, environment(facts, settings));
      if (code !== 0) throw new Error(`cdk deploy ended with code ${code}: ${lastLines(output)}`);
      facts.outputs = known(await aws.stack(name), `The stack ${name}`).outputs;
      return `${name} in ${settings.AWS_REGION}`;
    },
  };
}

/** Before there is an app, its place in the external id is held by a word that no app is called. */
export function environment(facts: Facts, settings: World['settings']): Record<string, string> {
  const { ablyAccount = 'account', app, connectorKey } = facts;
  return toEnvironment(settings, {
    ABLY_EXTERNAL_ID: `${ablyAccount}.${app?.id ?? 'not-made-yet'}`,
    ABLY_KEY_NAME: connectorKey?.key.split(':')[0],
  });
}

const lastLines = (output: string): string => output.trim().split('\n').slice(-8).join('\n');
