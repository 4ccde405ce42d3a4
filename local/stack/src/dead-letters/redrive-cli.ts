import { parseArgs } from 'node:util';
import { readEnvironment } from '../env.ts';
import { openStackFolder } from '../start-up/stack-folder.ts';
import { lettersInFolder } from './folder.ts';
import { lettersInQueue } from './queue.ts';
import { redrive } from './redrive.ts';

/**
 * `npm run redrive`: invokes the function again for each dead letter of the local stack, which must
 * be running.
 *
 * `npm run redrive -- --queue <URL of an SQS queue> [--function <name>]`: does so for a queue and a
 * function on AWS.
 */
const { values } = parseArgs({
  options: { queue: { type: 'string' }, function: { type: 'string', default: 'chat-writer' } },
});

async function fromLocalStack() {
  const { path, deadLetters, lastPort } = openStackFolder(readEnvironment().LOCAL_DATA_DIR);
  const port = lastPort('lambdaPort');
  if (port === undefined) throw new Error(`No stack has used ${path} yet. Run \`npm start\` first.`);
  return { letters: lettersInFolder(deadLetters), endpoint: `http://127.0.0.1:${port}` };
}

try {
  const source = values.queue ? { letters: lettersInQueue(values.queue) } : await fromLocalStack();
  const print = (line: string) => console.log(line);
  const { succeeded, failed } = await redrive({ ...source, functionName: values.function, print });
  console.log(`${succeeded} succeeded, ${failed} failed again`);
  if (failed > 0) process.exitCode = 1;
} catch (error) {
  const { message, code } = error as NodeJS.ErrnoException;
  console.error(
    code === 'ECONNREFUSED' && !values.queue
      ? 'The local stack does not run. Start it with `npm start`: redrive invokes its Lambda functions.'
      : `Redrive stopped: ${message}`,
  );
  process.exitCode = 1;
}
