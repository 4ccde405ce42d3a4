import { applyMigrations } from '@chat/sql';
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { join } from 'node:path';
import { readDatabaseUrl } from './database.lambda-shared.ts';

/** What the CDK's provider framework tells CloudFormation. */
interface Answer {
  PhysicalResourceId: string;
  Data: { applied: string };
}

/**
 * Applies the `migrations` beside this file. What it throws fails the deployment. Deleting the stack deletes no table: the
 * last snapshot shall have them.
 */
export async function handler(
  event: Pick<CloudFormationCustomResourceEvent, 'RequestType'>,
): Promise<Answer> {
  const PhysicalResourceId = 'chat-migrations';
  if (event.RequestType === 'Delete') return { PhysicalResourceId, Data: { applied: '' } };
  const { applied } = await applyMigrations(await readDatabaseUrl(), join(import.meta.dirname, 'migrations'));
  return { PhysicalResourceId, Data: { applied: applied.join(', ') } };
}
