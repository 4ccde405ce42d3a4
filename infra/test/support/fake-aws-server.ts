import type { Permission } from '../../src/aws/aws.ts';
import { ACCOUNT, readAwsRequest, type AwsRequest } from './aws-request.ts';
import { startAwsServer } from './aws-server.ts';

/** Body of an answer, or an error of AWS. */
export type Answer = string | AwsFailure;
export interface AwsFailure {
  readonly status: number;
  readonly code: string;
}

export const failure = (status: number, code: string): AwsFailure => ({ status, code });

export const xml = (action: string, content = ''): string =>
  `<${action}Response><${action}Result>${content}</${action}Result></${action}Response>`;

/** Needs no permission: every identity may ask who it is. */
const UNRESTRICTED = 'sts:GetCallerIdentity';

export const USER = `arn:aws:iam::${ACCOUNT}:user/deployer`;

interface Account {
  /** What the identity may do. */
  granted: readonly Permission[];
  /** Every call that AWS has allowed. */
  readonly used: Permission[];
}

export const isGranted = (granted: readonly Permission[], { action, resource }: Permission): boolean =>
  granted.some((one) => one.action === action && matches(one.resource, resource));

function matches(pattern: string, resource: string): boolean {
  if (pattern === '*') return true;
  const parts = pattern.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`).test(resource);
}

/** Serves the APIs of AWS for one account, and enforces its permissions. */
export async function startFakeAwsServer(
  account: Account,
  answer: (request: AwsRequest) => Answer | undefined,
) {
  return startAwsServer((incoming, text) => {
    const request = readAwsRequest(incoming, text);
    const result = respond(account, request, answer);
    if (typeof result === 'string') return [200, result];
    const { status, code } = result;
    const isXml = request.body['Action'] !== undefined;
    return [
      status,
      isXml
        ? `<ErrorResponse><Error><Code>${code}</Code><Message>${request.action}</Message></Error></ErrorResponse>`
        : JSON.stringify({ __type: code, message: `${request.action} on ${request.resource}` }),
    ];
  });
}

function respond(
  { granted, used }: Account,
  request: AwsRequest,
  answer: (request: AwsRequest) => Answer | undefined,
): Answer {
  const { action, resource } = request;
  if (action !== UNRESTRICTED && !isGranted(granted, request)) {
    return failure(403, request.body['Action'] === undefined ? 'AccessDeniedException' : 'AccessDenied');
  }
  if (action !== UNRESTRICTED) used.push({ action, resource });
  return answer(request) ?? failure(500, `The fake does not know ${action}`);
}
