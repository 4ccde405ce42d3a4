import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { functionArn } from '../lambda/types.ts';

export interface ExhaustedEvent {
  requestId: string;
  functionName: string;
  invokeCount: number;
  requestPayload: unknown;
  responsePayload: unknown;
}

/**
 * Writes an event that failed all its retries to a file, as the record that AWS's on-failure
 * destination receives, so that one redrive reads both. Returns the file's path.
 */
export async function writeDeadLetter(folder: string, event: ExhaustedEvent): Promise<string> {
  const timestamp = new Date().toISOString();
  const letter = {
    version: '1.0',
    timestamp,
    requestContext: {
      requestId: event.requestId,
      functionArn: `${functionArn(event.functionName)}:$LATEST`,
      condition: 'RetriesExhausted',
      approximateInvokeCount: event.invokeCount,
    },
    requestPayload: event.requestPayload,
    responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
    responsePayload: event.responsePayload,
  };
  const file = join(folder, `${timestamp.replaceAll(':', '-')}-${event.requestId}.json`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  // Readable by this user only: the event contains message texts.
  await writeFile(`${file}.new`, `${JSON.stringify(letter, null, 2)}\n`, { mode: 0o600 });
  await rename(`${file}.new`, file);
  return file;
}
