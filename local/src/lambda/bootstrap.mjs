/**
 * What AWS's Node runtime does inside a function's sandbox: load the bundle once, then ask the Runtime API for one event
 * after the other. It imports nothing of this project, so that a bundle that needs something of ours fails here too.
 *
 * What AWS does in machine code must not cost the cold start much here either. So this is plain JavaScript, because removing types
 * takes 30 ms, and it speaks HTTP itself, because loading node:http takes 20 ms and `fetch` longer. (Nor would `fetch` wait for an
 * event longer than five minutes.)
 */
import { connect } from 'node:net';
import { pathToFileURL } from 'node:url';

const { env } = process;
const [host, port] = env.AWS_LAMBDA_RUNTIME_API.split(':');

/**
 * One request of HTTP/1.0, whose answer ends with its connection.
 * @param {string} method
 * @param {string} path
 * @param {string} [body]
 * @returns {Promise<{ headers: Record<string, string>, text: string }>}
 */
function call(method, path, body = '') {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), host);
    const chunks = [];
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', reject);
    socket.on('end', () => resolve(parseResponse(Buffer.concat(chunks).toString())));
    const length = Buffer.byteLength(body);
    const head = [
      `${method} /2018-06-01/runtime${path} HTTP/1.0`,
      `host: ${host}:${port}`,
      `content-length: ${length}`,
    ];
    socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
  });
}

function parseResponse(response) {
  const endOfHead = response.indexOf('\r\n\r\n');
  const [, ...lines] = response.slice(0, endOfHead).split('\r\n');
  const headers = Object.fromEntries(
    lines.map((line) => [
      line.slice(0, line.indexOf(':')).toLowerCase(),
      line.slice(line.indexOf(':') + 1).trim(),
    ]),
  );
  return { headers, text: response.slice(endOfHead + 4) };
}

function describe(thrown) {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const trace = error.stack?.split('\n') ?? [];
  return JSON.stringify({ errorType: error.name, errorMessage: error.message, trace });
}

async function load() {
  const module = await import(pathToFileURL(env._HANDLER));
  if (typeof module.handler !== 'function') throw new TypeError(`${env._HANDLER} exports no handler`);
  return module.handler;
}

function contextFor(headers) {
  const deadline = Number(headers['lambda-runtime-deadline-ms']);
  return {
    awsRequestId: headers['lambda-runtime-aws-request-id'],
    functionName: env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: '$LATEST',
    invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
    memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
    callbackWaitsForEmptyEventLoop: false,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  };
}

async function handleNext(handler) {
  const { headers, text } = await call('GET', '/invocation/next');
  const context = contextFor(headers);
  const invocation = `/invocation/${context.awsRequestId}`;
  let answer;
  try {
    const result = await handler(JSON.parse(text), context);
    answer = [`${invocation}/response`, JSON.stringify(result ?? null)];
  } catch (error) {
    answer = [`${invocation}/error`, describe(error)];
  }
  await call('POST', ...answer);
}

async function run() {
  let handler;
  try {
    handler = await load();
  } catch (error) {
    await call('POST', '/init/error', describe(error));
    process.exit(1);
  }
  for (;;) await handleNext(handler);
}

await run();
