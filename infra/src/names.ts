/**
 * Every name that the deployment shares with another part. Environment names come from the part
 * that reads them.
 */
import { ENV as CONNECTOR_ENV } from '@chat/connector/env';
import { chatTableRoutes } from '@chat/contract';
import { ENV as LAMBDA_ENV, FUNCTION_TIMEOUT_SECONDS } from '@chat/lambda-function/env';
import { METRICS as LAMBDA_METRICS } from '@chat/lambda-function/metrics';
import { ENV as NETLIFY_ENV } from '@chat/netlify/env';
import { fileURLToPath } from 'node:url';

export { CONNECTOR_ENV, FUNCTION_TIMEOUT_SECONDS, LAMBDA_ENV, LAMBDA_METRICS, NETLIFY_ENV };

/** Absolute path of the repository's root. */
export const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

/**
 * Ably's AWS account, which assumes the rule's role:
 * https://ably.com/docs/platform/integrations/webhooks/lambda
 */
export const ABLY_AWS_ACCOUNT = '203461409171';

/** Returns the connector's routes in the format of `ABLY_CONNECTOR`. */
export function connectorRoutes(incomingChannel: string): string {
  return JSON.stringify(chatTableRoutes(incomingChannel));
}

/** The names of the stack's CloudFormation outputs. */
export const OUTPUTS = {
  writerFunction: 'WriterFunctionName',
  historyUrl: 'HistoryUrl',
  historySecret: 'HistorySecretArn',
  identitySecret: 'IdentitySecretArn',
  ablyRole: 'AblyRoleArn',
  ablyExternalId: 'AblyExternalId',
  ingestStream: 'IngestStreamName',
  deadLetters: 'DeadLetterQueueUrl',
  cluster: 'ConnectorClusterName',
  service: 'ConnectorServiceName',
  database: 'DatabaseIdentifier',
  /** The secret of the owner of the tables, for migrations and restoring. */
  databaseSecret: 'DatabaseSecretArn',
  databaseKind: 'DatabaseKind',
  ingest: 'IngestKind',
  dashboard: 'DashboardUrl',
  /** GitHub Actions assumes it. */
  deployRole: 'DeployRoleArn',
  /** Number of Lambda executions that the stack reserves, for the checks of the next deployment. */
  reservedExecutions: 'ReservedExecutions',
} as const;

/** Begins the name of every stack; the stage follows. */
export const STACK_PREFIX = 'serverless-chat-';

export const stackName = (stage: string): string => `${STACK_PREFIX}${stage}`;

/** Name of the stack that `cdk bootstrap` creates; one for each qualifier, as its roles are. */
export const bootstrapStackName = (qualifier: string): string =>
  qualifier === 'hnb659fds' ? 'CDKToolkit' : `CDKToolkit-${qualifier}`;

/** `npm run deploy` creates this secret before the stack, because Ably issues its value. */
export const connectorKeySecretName = (stage: string): string => `${stackName(stage)}/connector-ably-key`;
