import { App, BOOTSTRAP_QUALIFIER_CONTEXT, PERMISSIONS_BOUNDARY_CONTEXT_KEY, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { createRequire } from 'node:module';
import { stackName } from '../names.ts';
import type { StackSettings } from '../settings.ts';
import type { Artefacts } from './artefacts.ts';
import { ChatStack } from './chat-stack.ts';

const flags = createRequire(import.meta.url)('aws-cdk-lib/recommended-feature-flags.json') as Record<
  string,
  unknown
>;

/**
 * Creates the CDK app with its only stack. The account stays unresolved, so that synthesis works
 * offline.
 * @param outdir of the cloud assembly; by default the CDK's own choice
 */
export function createApp(settings: StackSettings, artefacts: Artefacts, outdir?: string): App {
  const app = new App({
    analyticsReporting: false,
    // Set here rather than in cdk.json, so that tests and deployments synthesize the same template.
    context: { ...flags, ...organisationContext(settings) },
    ...(outdir && { outdir }),
  });
  // The CDK makes some physical names out of the construct path, so the path contains the stage: two
  // stages in one account must not share a name.
  new ChatStack(app, stackName(settings.STAGE), {
    description: 'Serverless, editable group chat: database, functions, connector, alarms',
    env: { region: settings.AWS_REGION },
    terminationProtection: settings.STAGE !== 'dev',
    settings,
    artefacts,
  });
  // Fails the synthesis on every violation without an acknowledged reason.
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  return app;
}

/** Which bootstrap stack deploys, and the boundary of every role in the template. */
function organisationContext({ CDK_QUALIFIER, PERMISSIONS_BOUNDARY: name }: StackSettings) {
  return {
    [BOOTSTRAP_QUALIFIER_CONTEXT]: CDK_QUALIFIER,
    ...(name !== undefined && { [PERMISSIONS_BOUNDARY_CONTEXT_KEY]: { name } }),
  };
}
