import { bootstrapStackName, connectorKeySecretName, stackName } from '../../names.ts';
import { toEnvironment } from '../../settings.ts';
import type { Clouds } from '../clouds.ts';
import { requireFact, type Facts, type Step } from '../step.ts';
import { runProgram } from './run-program.ts';

/**
 * States in which the roles and the bucket exist. An update that was rolled back leaves those of the
 * earlier version; a creation that was rolled back leaves nothing, and `cdk bootstrap` repeats it.
 */
const USABLE = /^(CREATE|UPDATE|UPDATE_ROLLBACK|IMPORT|IMPORT_ROLLBACK)_COMPLETE/;

/** The last line of `cdk diff`. */
const HAS_DIFFERENCES = /Number of stacks with differences: [1-9]/;

/** Creates what `cdk deploy` needs once per account and region: a bucket, a registry, roles. */
export function cdkBootstrap({ aws, programs, settings }: Clouds): Step {
  const { CDK_QUALIFIER: qualifier, PERMISSIONS_BOUNDARY: boundary } = settings;
  const stack = bootstrapStackName(qualifier);
  const isDone = async () => USABLE.test((await aws.stack(stack))?.status ?? '');
  const options = [
    ...(stack === 'CDKToolkit' ? [] : ['--qualifier', qualifier, '--toolkit-stack-name', stack]),
    ...(boundary === undefined ? [] : ['--custom-permissions-boundary', boundary]),
  ];
  return {
    name: 'CDK bootstrap',
    async plan() {
      return [
        {
          kind: (await isDone()) ? 'keep' : 'create',
          what: `stack ${stack} in ${settings.AWS_REGION}`,
        },
      ];
    },
    async apply(facts) {
      if (await isDone()) return 'exists';
      facts.awsAccount ??= (await aws.identity()).account;
      const environment = `aws://${facts.awsAccount}/${settings.AWS_REGION}`;
      await runProgram('cdk bootstrap', () =>
        programs.cdk(['bootstrap', environment, ...options], cdkEnvironment(facts, settings)),
      );
      return `created in ${environment}`;
    },
  };
}

/** Not part of the template: Ably creates this key, and a template would show it in plain text. */
export function connectorSecret({ aws, settings }: Clouds): Step {
  const name = connectorKeySecretName(settings.STAGE);
  return {
    name: 'Connector’s key',
    async plan(facts) {
      const stored = await aws.readSecret(name);
      facts.connectorSecret = await aws.secretArn(name);
      if (stored === undefined) return [{ kind: 'create', what: `secret ${name}` }];
      const isCurrent = stored === facts.connectorKey?.key;
      return [{ kind: isCurrent ? 'keep' : 'update', what: `secret ${name}` }];
    },
    async apply(facts) {
      const { key } = requireFact(facts.connectorKey, 'The connector’s key');
      const stored = await aws.readSecret(name);
      if (stored === undefined) await aws.createSecret(name, key);
      else if (stored !== key) await aws.updateSecret(name, key);
      facts.connectorSecret = requireFact(await aws.secretArn(name), `The ARN of ${name}`);
      if (stored === key) return `unchanged in ${name}`;
      return `stored in ${name}`;
    },
  };
}

/** Database, migrations, functions, connector and alarms. */
export function awsStack({ aws, programs, settings, print }: Clouds): Step {
  const name = stackName(settings.STAGE);
  return {
    name: 'AWS stack',
    async plan(facts) {
      const stack = await aws.stack(name);
      if (!stack) return [{ kind: 'create', what: `stack ${name} (about 15 minutes)` }];
      facts.outputs = stack.outputs;
      const args = ['diff', '--fail', '--method', 'template'];
      // `cdk diff --fail` exits with the same code for a difference and for a failure; its output
      // decides.
      const { code, output } = await runProgram(
        'cdk diff',
        () => programs.cdk(args, cdkEnvironment(facts, settings), false),
        (outcome) => outcome.code === 0 || HAS_DIFFERENCES.test(outcome.output),
      );
      if (code === 0) return [{ kind: 'keep', what: `stack ${name}` }];
      print(output.trim());
      return [{ kind: 'update', what: `stack ${name}: see the differences above` }];
    },
    async apply(facts) {
      const args = ['deploy', '--require-approval', 'never', '--progress', 'events'];
      await runProgram('cdk deploy', () => programs.cdk(args, cdkEnvironment(facts, settings)));
      facts.outputs = requireFact(await aws.stack(name), `The stack ${name}`).outputs;
      return `${name} in ${settings.AWS_REGION}`;
    },
  };
}

/**
 * Before the Ably app and the secret exist, `not-made-yet` replaces their ids; none has such an id.
 */
export function cdkEnvironment(facts: Facts, settings: Clouds['settings']): Record<string, string> {
  const { ablyAccount = 'account', app, connectorKey, connectorSecret } = facts;
  const noSecret = `arn:aws:secretsmanager:${settings.AWS_REGION}:000000000000:secret:not-made-yet-000000`;
  const CONNECTOR_IMAGE = settings.CONNECTOR_IMAGE ?? facts.connectorImage;
  return toEnvironment(
    { ...settings, CONNECTOR_IMAGE },
    {
      ABLY_EXTERNAL_ID: `${ablyAccount}.${app?.id ?? 'not-made-yet'}`,
      ABLY_KEY_NAME: connectorKey?.key.split(':')[0],
      ABLY_KEY_SECRET_ARN: connectorSecret ?? noSecret,
    },
  );
}
