import { join } from 'node:path';
import { readEnvironment } from '../env.ts';
import { lettersInFolder } from './folder.ts';

/** `npm run dead-letters`: events that the local Lambda host gave up on, oldest first, with what failed and why. */
const folder = join(readEnvironment().LOCAL_DATA_DIR, 'dead-letters');
let count = 0;
for await (const { at, functionName, id, reason, place } of lettersInFolder(folder)) {
  console.log(`${at}  ${functionName ?? '?'}  ${id}\n  ${reason}\n  ${place}\n`);
  count += 1;
}
const them = count === 1 ? 'it' : 'them';
console.log(
  count === 0 ? `No dead letters in ${folder}` : `${count} in all; \`npm run redrive\` sends ${them} back`,
);
