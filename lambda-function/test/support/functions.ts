import { pathToFileURL } from 'node:url';
import type { SQSBatchResponse } from 'aws-lambda';
import type { WriterReport } from '../../src/report.ts';
import { buildFunctions } from '../../build.ts';
import { ENV } from '../../src/env.ts';

export interface Answer {
  statusCode: number;
  headers: Record<string, string>;
  body: string;
}

interface Handlers {
  'chat-writer': (event: unknown) => Promise<WriterReport | SQSBatchResponse>;
  'chat-history': (event: unknown) => Promise<Answer>;
}

export type Writer = Handlers['chat-writer'];

let instances = 0;

/**
 * Starts a fresh instance of the built bundle, like a cold start: it shares no state with others.
 */
export async function startInstance<Name extends keyof Handlers>(
  name: Name,
  env: Record<string, string>,
): Promise<Handlers[Name]> {
  const { [name]: path } = await built;
  for (const variable of Object.values(ENV)) Reflect.deleteProperty(process.env, variable);
  Object.assign(process.env, env);
  const { handler } = (await import(`${pathToFileURL(path).href}?instance=${++instances}`)) as {
    handler: (event: unknown, context: object) => Promise<never>;
  };
  const context = { awsRequestId: `request-${instances}`, functionName: name };
  return (event) => handler(event, context);
}

const built = buildFunctions();

/** Returns the environment variables that connect a function to this database. */
export function databaseEnv(databaseUrl: string): Record<string, string> {
  const { hostname, port, username, password, pathname } = new URL(databaseUrl);
  return {
    PGHOST: hostname,
    PGPORT: port,
    PGUSER: username,
    PGPASSWORD: password,
    PGDATABASE: pathname.slice(1),
  };
}
