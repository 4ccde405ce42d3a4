import { stackName } from '../names.ts';
import { siteUrl } from '../netlify/ensure.ts';
import type { DeploySettings } from '../settings.ts';
import { requireFact, type Facts } from './step.ts';

/** The result of a deployment, without any secret. docs/deploying.md documents it: a contract. */
export interface DeployOutputs {
  readonly stage: string;
  /** Address of the page. */
  readonly site: string;
  readonly ably: { readonly account: string; readonly app: string };
  readonly aws: {
    readonly account: string;
    readonly region: string;
    readonly stack: string;
    /** CloudFormation outputs by name. */
    readonly outputs: Readonly<Record<string, string>>;
  };
}

/** @throws Error when a step has not run */
export function outputsOf({ STAGE, AWS_REGION }: DeploySettings, facts: Facts): DeployOutputs {
  return {
    stage: STAGE,
    site: siteUrl(requireFact(facts.site, 'The Netlify site')),
    ably: {
      account: requireFact(facts.ablyAccount, 'The Ably account'),
      app: requireFact(facts.app, 'The Ably app').id,
    },
    aws: {
      account: requireFact(facts.awsAccount, 'The AWS account'),
      region: AWS_REGION,
      stack: stackName(STAGE),
      outputs: requireFact(facts.outputs, 'The outputs of the stack'),
    },
  };
}
