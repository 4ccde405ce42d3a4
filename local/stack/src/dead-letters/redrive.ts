import { LambdaClient, InvokeCommand } from '@aws-sdk/client-lambda';
import * as v from 'valibot';
import type { StoredLetter } from './letter.ts';

/**
 * Longer than a function may run: after an earlier timeout the outcome of the event would be
 * unknown. In ms.
 */
const ANSWER_LIMIT_MS = 60_000;

export interface RedriveOptions {
  letters: AsyncIterable<StoredLetter>;
  /** For letters without a function name. */
  functionName: string;
  /** Address of a Lambda host; default: AWS. */
  endpoint?: string | undefined;
  /** Prints one line per letter. */
  print: (line: string) => void;
}

/**
 * Invokes the function again for one dead letter after the other, and removes each letter whose
 * event succeeds. An event that was applied in part before does no harm: chat-writer ignores what
 * is stored.
 * @throws Error when the function cannot be invoked at all
 */
export async function redrive(options: RedriveOptions): Promise<{ succeeded: number; failed: number }> {
  const client = new LambdaClient({
    // A busy function rejects the call (429); the client retries with growing delays.
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
      options.print(`${letter.id} (${functionName}): ${failure ?? 'succeeded, and removed'}`);
    }
  } finally {
    client.destroy();
  }
  return count;
}

/**
 * Marks the event as sent again now. Otherwise chat-writer would drop an edit whose message is in a
 * later dead letter, because Ably received it too long ago.
 */
function asRedriven(payload: string): string {
  const envelope = v.safeParse(v.looseObject({ messages: v.array(v.unknown()) }), JSON.parse(payload));
  return envelope.success ? JSON.stringify({ ...envelope.output, redrivenAt: Date.now() }) : payload;
}

/** The local host checks no signature, but AWS's client cannot be created without credentials. */
function localTo(endpoint: string) {
  return { endpoint, region: 'local', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };
}

/** Returns why the function failed, or undefined when it succeeded. */
async function invoke(
  client: LambdaClient,
  functionName: string,
  payload: string | undefined,
): Promise<string | undefined> {
  if (payload === undefined) {
    return 'not sent; the letter remains. Its messages are in the stream: docs/runbook.md explains how to fetch them';
  }
  const { FunctionError, Payload } = await client.send(
    new InvokeCommand({
      FunctionName: functionName,
      InvocationType: 'RequestResponse',
      Payload: asRedriven(payload),
    }),
  );
  return FunctionError === undefined
    ? undefined
    : `failed again; the letter remains: ${Payload?.transformToString() ?? ''}`;
}
