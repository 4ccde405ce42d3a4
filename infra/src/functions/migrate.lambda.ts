import { setUp } from '@chat/connector/set-up';
import { chatTableRoutes } from '@chat/contract';
import { migrate } from '@chat/sql';
import { ensureLogins } from '@chat/sql/logins';
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import * as v from 'valibot';
import { readFunctionEnv } from '../env.ts';
import { readDatabaseUrl, readLogin, readServer } from './database.lambda-shared.ts';

/** `Migrations` sets these. */
const EnvSchema = v.object({
  WRITER_LOGIN_ARN: v.string(),
  HISTORY_LOGIN_ARN: v.string(),
  CONNECTOR_LOGIN_ARN: v.string(),
  /** The channel that the triggers publish to; absent when another program creates them. */
  INCOMING_CHANNEL: v.optional(v.string()),
});

/** The response format of the CDK's provider framework. */
interface Answer {
  PhysicalResourceId: string;
  Data: { applied: string };
}

/**
 * As the owner of the database, applies the `migrations` and `functions` beside this file, creates the
 * logins of the parts, and creates the triggers, which the connector's login may not. An error fails
 * the deployment. Deleting the stack drops no table, so that the final snapshot contains them.
 */
export async function handler(
  event: Pick<CloudFormationCustomResourceEvent, 'RequestType'>,
): Promise<Answer> {
  const PhysicalResourceId = 'chat-migrations';
  if (event.RequestType === 'Delete') return { PhysicalResourceId, Data: { applied: '' } };
  const env = readFunctionEnv(EnvSchema);
  const url = await readDatabaseUrl();
  const { applied } = await migrate(url, import.meta.dirname);
  const [writer, history, connector] = await Promise.all([
    readLogin(env.WRITER_LOGIN_ARN),
    readLogin(env.HISTORY_LOGIN_ARN),
    readLogin(env.CONNECTOR_LOGIN_ARN),
  ]);
  const passwords = {
    writer: writer.password,
    history: history.password,
    connector: connector.password,
  };
  await ensureLogins(url, passwords, import.meta.dirname);
  if (env.INCOMING_CHANNEL) await createTriggers(env.INCOMING_CHANNEL);
  return { PhysicalResourceId, Data: { applied: applied.join(', ') } };
}

async function createTriggers(incomingChannel: string): Promise<void> {
  const dbConfig = await readServer();
  const connector = chatTableRoutes(incomingChannel);
  await setUp({ dbConfig, connector }, (error) => console.warn(`The database: ${error.message}`));
}
