import { InvalidInput } from '@chat/contract';
import { readEnv } from './env.ts';
import { MigrationFailed } from './errors.ts';
import { migrate } from './migrate.ts';

try {
  const { applied } = await migrate(readEnv().DATABASE_URL);
  for (const name of applied) console.log(`applied ${name}`);
  if (applied.length === 0) console.log('The database is up to date.');
} catch (error) {
  // What a person can put right needs no stack trace; anything else is a fault of ours.
  const expected = error instanceof MigrationFailed || error instanceof InvalidInput;
  console.error(expected ? error.message : error);
  process.exitCode = 1;
}
