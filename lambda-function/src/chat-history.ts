import { InvalidInput, parseInput, quote, toJson } from '@chat/contract';
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import * as v from 'valibot';
import { createDatabase } from './database/database.ts';
import { readHistoryEnv } from './env.ts';
import { acceptsTokenFrom } from './history-secret.ts';
import { createLog, defineMetrics, type LambdaContext } from './log.ts';
import { answerTo } from './reads.ts';

/** The fields used of a function URL event, payload format 2.0. AWS lower-cases header names. */
const FunctionUrlEventSchema = v.object({
  rawPath: v.optional(v.string(), '/'),
  headers: v.optional(v.record(v.string(), v.string()), {}),
  queryStringParameters: v.optional(v.record(v.string(), v.string()), {}),
  requestContext: v.object({ http: v.object({ method: v.string() }) }),
});

type Reply = Required<Pick<APIGatewayProxyStructuredResultV2, 'statusCode' | 'headers' | 'body'>>;

const historyMetrics = defineMetrics({
  served: 'Count',
  refused: 'Count',
  failed: 'Count',
  latency: 'Milliseconds',
});

const env = readHistoryEnv();
const database = createDatabase(env.database);
const acceptsToken = acceptsTokenFrom(env.secret);

/** Answers callers with the secret; reads.ts has the paths. */
export async function handler(
  event: unknown,
  context: LambdaContext,
): Promise<APIGatewayProxyStructuredResultV2> {
  const startedAt = performance.now();
  const log = createLog(context);
  const result = await answer(event, (reason) => log.error('history-failed', { reason }));
  const { statusCode } = result;
  const counted = {
    served: Number(statusCode === 200),
    refused: Number(statusCode >= 400 && statusCode < 500),
    failed: Number(statusCode >= 500),
    latency: performance.now() - startedAt,
  };
  log.info('answered', { statusCode, ...historyMetrics(context, counted) });
  return result;
}

async function answer(event: unknown, onFailure: (reason: string) => void): Promise<Reply> {
  try {
    const request = parseInput(FunctionUrlEventSchema, event, 'The function URL event');
    if (!(await acceptsToken(bearerOf(request.headers.authorization)))) {
      return reject(401, 'The Authorization header does not carry the history secret.', {
        'www-authenticate': 'Bearer',
      });
    }
    const { method } = request.requestContext.http;
    if (method !== 'GET') {
      return reject(405, `The method ${method} is not allowed; use GET.`, { allow: 'GET' });
    }
    return reply(200, await answerTo(request.rawPath, request.queryStringParameters, database));
  } catch (error) {
    if (error instanceof InvalidInput) return reject(400, error.message);
    onFailure(quote(String(error)));
    return reject(500, 'The history could not be read. Try again in a moment.');
  }
}

function bearerOf(header: string | undefined): string {
  return /^Bearer (.+)$/i.exec(header ?? '')?.[1] ?? '';
}

function reject(status: number, message: string, headers: Record<string, string> = {}): Reply {
  return reply(status, { error: { message } }, headers);
}

function reply(status: number, body: unknown, headers: Record<string, string> = {}): Reply {
  return {
    statusCode: status,
    // Messages are edited and deleted, so a cached copy would soon be wrong.
    headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store', ...headers },
    body: toJson(body),
  };
}
