import { migrate } from '@chat/sql';
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { readDatabaseUrl } from './database.lambda-shared.ts';

/** The response format of the CDK's provider framework. */
interface Answer {
  PhysicalResourceId: string;
  Data: { applied: string };
}

/**
 * Applies the `migrations` and `functions` beside this file; an error fails the deployment. Deleting
 * the stack drops no table, so that the final snapshot contains them.
 */
export async function handler(
  event: Pick<CloudFormationCustomResourceEvent, 'RequestType'>,
): Promise<Answer> {
  const PhysicalResourceId = 'chat-migrations';
  if (event.RequestType === 'Delete') return { PhysicalResourceId, Data: { applied: '' } };
  const { applied } = await migrate(await readDatabaseUrl(), import.meta.dirname);
  return { PhysicalResourceId, Data: { applied: applied.join(', ') } };
}
