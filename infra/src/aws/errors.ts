import { type Aws, AwsError } from './aws.ts';

/** Runs a call; that kind of error means that there is no such thing. */
export async function orUndefined<Answer>(
  kind: string,
  call: () => Promise<Answer>,
): Promise<Answer | undefined> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof Error && error.name === kind) return undefined;
    throw error;
  }
}

/** Puts AWS's errors into words that say what was asked and what to try. */
export function asking(aws: Aws): Aws {
  const calls = Object.entries(aws).map(([name, call]: [string, (...args: never[]) => Promise<unknown>]) => [
    name,
    async (...args: never[]) => {
      try {
        return await call(...args);
      } catch (cause) {
        throw new AwsError(`AWS refused "${name}": ${wordsOf(cause)}. ${advise(cause)}`, { cause });
      }
    },
  ]);
  return Object.fromEntries(calls) as Aws;
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? `${error.name}, ${error.message || 'without a message'}` : String(error);
}

function advise(error: unknown): string {
  const name = error instanceof Error ? error.name : '';
  if (error instanceof Error && 'code' in error && error.code === 'ENOTFOUND')
    return 'Is AWS_REGION one of AWS’s regions, and is this machine online?';
  switch (name) {
    case 'CredentialsProviderError':
      return 'Log in (aws sso login, or aws configure), or set AWS_PROFILE.';
    case 'ExpiredToken':
    case 'ExpiredTokenException':
      return 'The session has ended: log in again.';
    case 'InvalidClientTokenId':
    case 'UnrecognizedClientException':
    case 'SignatureDoesNotMatch':
      return 'The access key is not known: check it, the clock of this machine, and that AWS_REGION is enabled in your account.';
    case 'AccessDenied':
    case 'AccessDeniedException':
    case 'UnauthorizedOperation':
      return 'docs/deploying.md lists what the identity must be allowed.';
    default:
      return 'Run the command again; what was done so far is found again.';
  }
}
