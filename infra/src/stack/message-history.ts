import type { Duration } from 'aws-cdk-lib';
import type { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { FunctionUrlAuthType, type Function } from 'aws-cdk-lib/aws-lambda';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { reservedExecutions } from '../concurrency.ts';
import { FUNCTION_TIMEOUT_SECONDS, LAMBDA_ENV } from '../names.ts';
import type { StackSettings } from '../settings.ts';
import { ChatFunction } from './chat-function.ts';
import type { MessageDatabase } from './message-database.ts';
import type { Network } from './network.ts';

export interface MessageHistoryProps {
  readonly folder: string;
  readonly network: Network;
  readonly database: MessageDatabase;
  readonly settings: StackSettings;
  /** The Netlify function sends it as a bearer token. */
  readonly secret: ISecret;
}

/** chat-history: returns pages of messages at a function URL, to callers with the secret. */
export class MessageHistory extends Construct {
  readonly function: Function;
  readonly url: string;

  constructor(scope: Construct, id: string, props: MessageHistoryProps) {
    super(scope, id);
    const { folder, network, database, settings, secret } = props;
    const reserved = reservedExecutions(settings);
    const history = new ChatFunction(this, 'History', {
      folder,
      timeoutSeconds: FUNCTION_TIMEOUT_SECONDS,
      description: 'Reads pages of messages from the database',
      memorySize: 512,
      network,
      database,
      login: database.logins.history,
      ...(reserved && { reservedConcurrentExecutions: reserved.history }),
      environment: { [LAMBDA_ENV.historySecretId]: secret.secretArn },
    });
    // During a rotation, both values are in use.
    secret.grantRead(history.function, ['AWSCURRENT', 'AWSPREVIOUS']);
    this.function = history.function;
    // Netlify has no AWS identity to sign requests with. The function compares the secret in
    // constant time.
    const { url } = history.function.addFunctionUrl({ authType: FunctionUrlAuthType.NONE });
    this.url = url;
  }

  /**
   * Requests that were answered with a 5xx status, also those in which the function crashed or timed
   * out. AWS's metric `Errors` misses a 500 that the function returned:
   * https://docs.aws.amazon.com/lambda/latest/dg/urls-monitoring.html
   */
  metricFailures(period: Duration): Metric {
    return this.function.metric('Url5xxCount', { period, statistic: 'Sum' });
  }
}
