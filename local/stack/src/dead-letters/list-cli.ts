import { join } from 'node:path';
import { readEnvironment } from '../env.ts';
import { lettersInFolder } from './folder.ts';

/**
 * `npm run dead-letters`: lists the events that failed all their retries in the local Lambda host,
 * oldest first.
 */
const folder = join(readEnvironment().LOCAL_DATA_DIR, 'dead-letters');
let count = 0;
for await (const { at, functionName, id, reason, location } of lettersInFolder(folder)) {
  console.log(`${at}  ${functionName ?? '?'}  ${id}\n  ${reason}\n  ${location}\n`);
  count += 1;
}
console.log(
  count === 0
    ? `No dead letters in ${folder}`
    : `${count} dead letter${count === 1 ? '' : 's'}; \`npm run redrive\` invokes the function again`,
);
