import { parseArgs } from 'node:util';
import { readEnvironment } from '../env.ts';
import { openStackFolder } from '../start-up/stack-folder.ts';
import { lettersInFolder } from './folder.ts';
import { lettersInQueue } from './queue.ts';
import { redrive } from './redrive.ts';

/**
 * `npm run redrive`: sends the dead letters of the local stack, which must be running, back through their function.
 *
 * `npm run redrive -- --queue <URL of an SQS queue> [--function <name>]`: those in a dead-letter queue, through a function on AWS.
 */
const { values } = parseArgs({
  options: { queue: { type: 'string' }, function: { type: 'string', default: 'chat-writer' } },
});

async function fromLocalStack() {
  const { path, deadLetters, lastPort } = openStackFolder(readEnvironment().LOCAL_DATA_DIR);
  const port = lastPort('lambdaPort');
  if (port === undefined) throw new Error(`No stack has run in ${path} yet: npm start`);
  return { letters: lettersInFolder(deadLetters), endpoint: `http://127.0.0.1:${port}` };
}

try {
  const source = values.queue ? { letters: lettersInQueue(values.queue) } : await fromLocalStack();
  const say = (line: string) => console.log(line);
  const { succeeded, failed } = await redrive({ ...source, functionName: values.function, say });
  console.log(`${succeeded} succeeded, ${failed} failed again`);
  if (failed > 0) process.exitCode = 1;
} catch (error) {
  const { message, code } = error as NodeJS.ErrnoException;
  console.error(
    code === 'ECONNREFUSED' && !values.queue
      ? 'The local stack does not run; its Lambda functions take the letters back. Run `npm start` first.'
      : `Redrive stopped: ${message}`,
  );
  process.exitCode = 1;
}
