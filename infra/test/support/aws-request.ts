import type { IncomingMessage } from 'node:http';

export const ACCOUNT = '111122223333';
export const REGION = 'eu-central-1';

/** A call of the AWS SDK, as IAM sees it. */
export interface AwsRequest {
  /** `service:Action`, as in a policy. */
  readonly action: string;
  /** ARN, or `*` for an action without resource-level permissions. */
  readonly resource: string;
  readonly body: Readonly<Record<string, string>>;
}

/** IAM's prefix where it differs from the name in the signature. */
const PREFIXES: Readonly<Record<string, string>> = { monitoring: 'cloudwatch' };

/** Lambda names its actions by method and path. */
const LAMBDA_ACTIONS = [
  [/^GET .*\/account-settings/, 'GetAccountSettings'],
  [/^GET .*\/configuration$/, 'GetFunctionConfiguration'],
  [/^POST .*\/invocations$/, 'InvokeFunction'],
] as const;

/** Reads service, action and resource of a signed request of any of AWS's protocols. */
export function readAwsRequest({ headers, method, url = '' }: IncomingMessage, text: string): AwsRequest {
  const [, signed = ''] = /Credential=[^/]+\/\d+\/[\w-]+\/(\w+)\//.exec(headers.authorization ?? '') ?? [];
  const isJson = String(headers['content-type']).includes('json');
  const form = Object.fromEntries(new URLSearchParams(text));
  const body = (isJson && text ? JSON.parse(text) : form) as Record<string, string>;
  const target = headers['x-amz-target'];
  const name =
    typeof target === 'string'
      ? target.split('.').at(-1)
      : (body['Action'] ?? LAMBDA_ACTIONS.find(([pattern]) => pattern.test(`${method} ${url}`))?.[1]);
  const service = PREFIXES[signed] ?? signed;
  return { action: `${service}:${name}`, resource: resourceOf(service, body, url), body };
}

const arn = (service: string, rest: string): string => `arn:aws:${service}:${REGION}:${ACCOUNT}:${rest}`;

function resourceOf(service: string, body: Readonly<Record<string, string>>, url: string): string {
  switch (service) {
    case 'secretsmanager': {
      const id = body['SecretId'] ?? body['Name'] ?? '';
      return id.startsWith('arn:') ? id : arn(service, `secret:${id}-AbCdEf`);
    }
    case 'cloudformation':
      return body['StackName'] ? arn(service, `stack/${body['StackName']}/1a2b`) : '*';
    case 'lambda': {
      const [, name] = /\/functions\/([^/]+)\//.exec(url) ?? [];
      return name ? arn(service, `function:${name}`) : '*';
    }
    case 'sqs':
      return arn(service, body['QueueUrl']?.split('/').at(-1) ?? '');
    case 'ecs':
      return arn(service, `service/${body['cluster']}/${body['services']}`);
    case 'iam':
      return body['RoleName'] ? `arn:aws:iam::${ACCOUNT}:role/${body['RoleName']}` : '*';
    case 'rds': {
      const cluster = body['DBClusterIdentifier'];
      return arn(service, cluster ? `cluster:${cluster}` : `db:${body['DBInstanceIdentifier']}`);
    }
    default:
      return '*';
  }
}
