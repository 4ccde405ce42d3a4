import { applyMigrations } from '@chat/sql';
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { join } from 'node:path';
import { readDatabaseUrl } from './database.lambda-shared.ts';

/** The response format of the CDK's provider framework. */
interface Answer {
  PhysicalResourceId: string;
  Data: { applied: string };
}

/**
 * Applies the `migrations` beside this file; an error fails the deployment. Deleting the stack
 * drops no table, so that the final snapshot contains them.
 */
export async function handler(
  event: Pick<CloudFormationCustomResourceEvent, 'RequestType'>,
): Promise<Answer> {
  const PhysicalResourceId = 'chat-migrations';
  if (event.RequestType === 'Delete') return { PhysicalResourceId, Data: { applied: '' } };
  const { applied } = await applyMigrations(await readDatabaseUrl(), join(import.meta.dirname, 'migrations'));
  return { PhysicalResourceId, Data: { applied: applied.join(', ') } };
}
