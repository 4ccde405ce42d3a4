import { LambdaClient, InvokeCommand } from '@aws-sdk/client-lambda';
import type { StoredLetter } from './letter.ts';

/** Longer than a function may take: whoever gives up earlier does not know what became of the event. */
const ANSWER_LIMIT_MS = 60_000;

export interface RedriveOptions {
  letters: AsyncIterable<StoredLetter>;
  /** For letters that do not tell whose they were. */
  functionName: string;
  /** A Lambda host other than AWS. */
  endpoint?: string | undefined;
  /** Told one line per letter. */
  say: (line: string) => void;
}

/**
 * Sends dead letters back through the function that gave them up, one after the other. Waiting for each answer, because only an event that
 * succeeded may be forgotten; one that fails again stays where it was. To repeat an event that had been applied in part changes
 * nothing.
 * @throws Error when the function cannot be invoked at all
 */
export async function redrive(options: RedriveOptions): Promise<{ succeeded: number; failed: number }> {
  const client = new LambdaClient({
    // A function that is busy with other events turns this one away; the client waits longer from attempt to attempt.
    maxAttempts: 8,
    requestHandler: { requestTimeout: ANSWER_LIMIT_MS },
    ...(options.endpoint && localTo(options.endpoint)),
  });
  const count = { succeeded: 0, failed: 0 };
  try {
    for await (const letter of options.letters) {
      const functionName = letter.functionName ?? options.functionName;
      const failure = await invoke(client, functionName, letter.payload);
      if (failure === undefined) await letter.remove();
      count[failure === undefined ? 'succeeded' : 'failed'] += 1;
      options.say(`${letter.id} (${functionName}): ${failure ?? 'succeeded, and removed'}`);
    }
  } finally {
    client.destroy();
  }
  return count;
}

/** Our own host asks for no signature, but the client insists on making one. */
function localTo(endpoint: string) {
  return { endpoint, region: 'local', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };
}

/** @returns why the function failed, undefined when it did not */
async function invoke(
  client: LambdaClient,
  functionName: string,
  payload: string | undefined,
): Promise<string | undefined> {
  if (payload === undefined) {
    return 'not sent, and stays: its messages lie in the stream; docs/runbook.md tells how to fetch them';
  }
  const { FunctionError, Payload } = await client.send(
    new InvokeCommand({ FunctionName: functionName, InvocationType: 'RequestResponse', Payload: payload }),
  );
  return FunctionError === undefined
    ? undefined
    : `failed again, and stays: ${Payload?.transformToString() ?? ''}`;
}
