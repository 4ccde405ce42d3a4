/**
 * Does the work of AWS's Node runtime in a function's process: loads the bundle once, then polls
 * the Runtime API for one event after the other. It imports nothing of this project, so that a
 * bundle with a missing dependency fails here too.
 *
 * It is written for a short cold start: plain JavaScript, because removing types takes 30 ms, with
 * HTTP by hand, because loading node:http takes 20 ms and `fetch` longer. (`fetch` also waits five
 * minutes at most.)
 */
import { connect } from 'node:net';
import { pathToFileURL } from 'node:url';

const { env } = process;
const [, host, port, basePath] = /^(.*):(\d+)(.*)$/.exec(env.AWS_LAMBDA_RUNTIME_API);

/**
 * One connection for all requests: opening one took longer than a request. It does not keep the
 * process alive, so a handler that waits for nothing ends at once instead of at its timeout.
 */
const socket = connect({ port: Number(port), host, noDelay: true }).unref();
socket.on('close', () => process.exit(1)); // the host has ended

/**
 * Sends one request. Requests must not overlap.
 * @param {string} method
 * @param {string} path
 * @param {string} [body]
 * @returns {Promise<{ headers: Record<string, string>, text: string }>}
 */
async function call(method, path, body = '') {
  const head = [
    `${method} ${basePath}/2018-06-01/runtime${path} HTTP/1.1`,
    `host: ${host}:${port}`,
    `content-length: ${Buffer.byteLength(body)}`,
  ];
  socket.ref().write(`${head.join('\r\n')}\r\n\r\n${body}`);
  const response = await readResponse();
  socket.unref();
  return response;
}

const END_OF_HEAD = '\r\n\r\n';

/** Reads a response up to its `content-length`, which the host always sends. */
function readResponse() {
  const chunks = [];
  let headers;
  let missing = 0;
  return new Promise((resolve) => {
    socket.on('data', function read(chunk) {
      chunks.push(chunk);
      missing -= chunk.length;
      if (!headers) {
        const head = Buffer.concat(chunks);
        const end = head.indexOf(END_OF_HEAD);
        if (end < 0) return;
        headers = parseHeaders(head.toString('latin1', 0, end));
        missing = Number(headers['content-length']) - (head.length - end - END_OF_HEAD.length);
      }
      if (missing > 0) return;
      socket.off('data', read);
      const text = Buffer.concat(chunks).toString();
      resolve({ headers, text: text.slice(text.indexOf(END_OF_HEAD) + END_OF_HEAD.length) });
    });
  });
}

/** @returns {Record<string, string>} */
function parseHeaders(head) {
  const [, ...lines] = head.split('\r\n');
  return Object.fromEntries(
    lines.map((line) => [
      line.slice(0, line.indexOf(':')).toLowerCase(),
      line.slice(line.indexOf(':') + 1).trim(),
    ]),
  );
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
