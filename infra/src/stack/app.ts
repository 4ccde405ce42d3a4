import { App, Validations } from 'aws-cdk-lib';
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
 * The CDK app with its one stack. The account stays open: only so can the template be made without asking AWS for anything.
 * @param outdir where the assembly goes; CDK's own choice when left out
 */
export function createApp(settings: StackSettings, artefacts: Artefacts, outdir?: string): App {
  const app = new App({
    analyticsReporting: false,
    // Without the CLI's cdk.json too, so that tests make what deployments make.
    context: flags,
    ...(outdir && { outdir }),
  });
  new ChatStack(app, 'Chat', {
    stackName: stackName(settings.STAGE),
    description: 'Serverless, editable group chat: database, functions, connector, alarms',
    env: { region: settings.AWS_REGION },
    terminationProtection: settings.STAGE !== 'dev',
    settings,
    artefacts,
  });
  // A breach of a security rule that nobody has explained ends the synthesis with an error.
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  return app;
}
