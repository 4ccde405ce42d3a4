import { migrate } from '@chat/sql';
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { readDatabaseUrl } from './database.lambda-shared.ts';

/** What the CDK's provider framework tells CloudFormation. */
interface Answer {
  PhysicalResourceId: string;
  Data: { applied: string };
}

/**
 * Applies the `migrations` and `functions` beside this file. An error fails the deployment. Deleting
 * the stack deletes no table: the last snapshot keeps them.
 */
export async function handler(
  event: Pick<CloudFormationCustomResourceEvent, 'RequestType'>,
): Promise<Answer> {
  const PhysicalResourceId = 'chat-migrations';
  if (event.RequestType === 'Delete') return { PhysicalResourceId, Data: { applied: '' } };
  const { applied } = await migrate(await readDatabaseUrl(), import.meta.dirname);
  return { PhysicalResourceId, Data: { applied: applied.join(', ') } };
}
