import { OUTPUTS } from './names.ts';
import type { StackSettings } from './settings.ts';

type Outputs = Readonly<Record<string, string>>;

/**
 * Returns why a deployed stack must not change to these settings, because CloudFormation would
 * delete something that holds messages; undefined when nothing would be lost.
 * @param outputs of the deployed stack; without the outputs read here, nothing is known
 */
export function findDestructiveChange(
  outputs: Outputs,
  settings: Pick<StackSettings, 'DATABASE' | 'INGEST'>,
): string | undefined {
  const database = outputs[OUTPUTS.databaseKind];
  if (database !== undefined && database !== settings.DATABASE) {
    return (
      `DATABASE cannot change from ${database} to ${settings.DATABASE}: AWS would replace the database by an empty one. ` +
      'Set it back, or move the messages to another STAGE: docs/deploying.md#change-the-kind-of-database'
    );
  }
  if (outputs[OUTPUTS.ingest] === 'kinesis' && settings.INGEST === 'lambda') {
    return (
      'INGEST cannot change from kinesis to lambda at once: AWS would delete the stream with the messages in it. ' +
      'Set INGEST=draining first: docs/deploying.md#from-the-stream-back-to-the-function'
    );
  }
  return undefined;
}
