/** Limits both attempts together: a secret is read rarely, and an invocation waits for it. */
const TIMEOUT_MS = 3_000;
const ATTEMPTS = 2;

/**
 * Reads a secret of AWS Secrets Manager: the present value, or the one before the last rotation.
 * @throws an error of the SDK, such as ResourceNotFoundException
 */
export async function readSecret(
  SecretId: string,
  VersionStage: 'AWSCURRENT' | 'AWSPREVIOUS' = 'AWSCURRENT',
): Promise<string | undefined> {
  // Part of AWS's Node runtime, not of the bundle. Loading it costs 100 ms, so only on demand.
  const { SecretsManager } = await import('@aws-sdk/client-secrets-manager');
  const client = new SecretsManager({ maxAttempts: ATTEMPTS });
  const answer = await client.getSecretValue(
    { SecretId, VersionStage },
    { abortSignal: AbortSignal.timeout(TIMEOUT_MS) },
  );
  return answer.SecretString;
}
