/**
 * What AWS's Node runtime does inside a function's sandbox: load the bundle once, then ask the Runtime API for one event
 * after the other. It imports nothing of this project, so that a bundle that needs something of ours fails here too.
 */
import { pathToFileURL } from 'node:url';

interface Context {
  awsRequestId: string;
  functionName: string;
  functionVersion: string;
  invokedFunctionArn: string;
  memoryLimitInMB: string;
  logGroupName: string;
  logStreamName: string;
  callbackWaitsForEmptyEventLoop: boolean;
  getRemainingTimeInMillis(): number;
}

type Handler = (event: unknown, context: Context) => Promise<unknown>;

const { env } = process;
const api = `http://${env['AWS_LAMBDA_RUNTIME_API']}/2018-06-01/runtime`;

const describe = (thrown: unknown) => {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  return JSON.stringify({
    errorType: error.name,
    errorMessage: error.message,
    trace: error.stack?.split('\n') ?? [],
  });
};

const post = (path: string, body: string) => fetch(`${api}${path}`, { method: 'POST', body });

async function load(): Promise<Handler> {
  const module = (await import(pathToFileURL(env['_HANDLER'] as string).href)) as { handler?: unknown };
  if (typeof module.handler !== 'function') throw new TypeError(`${env['_HANDLER']} exports no handler`);
  return module.handler as Handler;
}

function contextFor(headers: Headers): Context {
  const deadline = Number(headers.get('lambda-runtime-deadline-ms'));
  return {
    awsRequestId: headers.get('lambda-runtime-aws-request-id') as string,
    functionName: env['AWS_LAMBDA_FUNCTION_NAME'] as string,
    functionVersion: '$LATEST',
    invokedFunctionArn: headers.get('lambda-runtime-invoked-function-arn') as string,
    memoryLimitInMB: env['AWS_LAMBDA_FUNCTION_MEMORY_SIZE'] as string,
    logGroupName: env['AWS_LAMBDA_LOG_GROUP_NAME'] as string,
    logStreamName: env['AWS_LAMBDA_LOG_STREAM_NAME'] as string,
    callbackWaitsForEmptyEventLoop: false,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  };
}

async function handleNext(handler: Handler): Promise<void> {
  const next = await fetch(`${api}/invocation/next`);
  const context = contextFor(next.headers);
  const invocation = `/invocation/${context.awsRequestId}`;
  let answer: [path: string, body: string];
  try {
    const result = await handler(await next.json(), context);
    answer = [`${invocation}/response`, JSON.stringify(result ?? null)];
  } catch (error) {
    answer = [`${invocation}/error`, describe(error)];
  }
  await post(...answer);
}

async function run(): Promise<void> {
  let handler: Handler;
  try {
    handler = await load();
  } catch (error) {
    await post('/init/error', describe(error));
    process.exit(1);
  }
  for (;;) await handleNext(handler);
}

await run();
