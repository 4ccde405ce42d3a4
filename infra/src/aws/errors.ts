import type { Aws } from './aws.ts';

/** An AWS call failed. The message names the call, AWS's error and a remedy. */
class AwsError extends Error {
  override name = 'AwsError' as const;
}

/**
 * Returns undefined when the call fails with this error name, which AWS uses for a missing
 * resource.
 */
export async function undefinedIf<Answer>(
  errorName: string,
  call: () => Promise<Answer>,
): Promise<Answer | undefined> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof Error && error.name === errorName) return undefined;
    throw error;
  }
}

/** Wraps every call so that it throws AwsError. */
export function withErrorContext(aws: Aws): Aws {
  const calls = Object.entries(aws).map(([name, call]: [string, (...args: never[]) => Promise<unknown>]) => [
    name,
    async (...args: never[]) => {
      try {
        return await call(...args);
      } catch (cause) {
        throw new AwsError(`AWS call "${name}" failed: ${describe(cause)}. ${remedyFor(cause)}`, { cause });
      }
    },
  ]);
  return Object.fromEntries(calls) as Aws;
}

function describe(error: unknown): string {
  return error instanceof Error ? `${error.name}, ${error.message || 'without a message'}` : String(error);
}

function remedyFor(error: unknown): string {
  const name = error instanceof Error ? error.name : '';
  if (error instanceof Error && 'code' in error && error.code === 'ENOTFOUND')
    return 'Check that AWS_REGION is an AWS region and that this machine is online.';
  switch (name) {
    case 'CredentialsProviderError':
      return 'Log in (aws sso login, or aws configure), or set AWS_PROFILE.';
    case 'ExpiredToken':
    case 'ExpiredTokenException':
      return 'The session has expired: log in again.';
    case 'InvalidClientTokenId':
    case 'UnrecognizedClientException':
    case 'SignatureDoesNotMatch':
      return 'AWS does not accept the access key: check it, the clock of this machine, and that AWS_REGION is enabled in your account.';
    case 'AccessDenied':
    case 'AccessDeniedException':
    case 'UnauthorizedOperation':
      return 'docs/deploying.md lists the permissions that the identity needs.';
    default:
      return 'Run the command again; it resumes where it stopped.';
  }
}
