/**
 * Every name that the deployment shares with another part, in one place: what a part reads is what the stack sets.
 */
import { ENV as CONNECTOR_ENV } from '@chat/connector/env';
import { chatTableRoutes } from '@chat/contract';
import { ENV as LAMBDA_ENV, FUNCTION_TIMEOUT_SECONDS } from '@chat/lambda-function/env';
import { ENV as NETLIFY_ENV } from '@chat/netlify/env';
import { fileURLToPath } from 'node:url';

export { CONNECTOR_ENV, FUNCTION_TIMEOUT_SECONDS, LAMBDA_ENV, NETLIFY_ENV };

/** The root of the repository, absolute. */
export const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

/** Ably's own AWS account: the only one that may assume the role, and only with the external id of the app. */
export const ABLY_AWS_ACCOUNT = '203461409171';

/** What the connector listens to, as its configuration wants it. */
export function connectorRoutes(incomingChannel: string): string {
  return JSON.stringify(chatTableRoutes(incomingChannel));
}

/** What the stack tells about itself: the names of its CloudFormation outputs. */
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
  dashboard: 'DashboardUrl',
} as const;

export const stackName = (stage: string): string => `serverless-chat-${stage}`;

/** Made by the deployment before the stack, because it holds what Ably, not AWS, has made. */
export const connectorKeySecretName = (stage: string): string => `${stackName(stage)}/connector-ably-key`;
