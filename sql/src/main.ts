import { InvalidInput } from '@chat/contract';
import { readEnv } from './env.ts';
import { migrate, MigrationFailed, UnreleasedSchema } from './migrate.ts';

try {
  const { applied } = await migrate(readEnv().DATABASE_URL);
  for (const name of applied) console.log(`applied ${name}`);
  if (applied.length === 0) console.log('The database is up to date.');
} catch (error) {
  process.exitCode = 1;
  if (error instanceof UnreleasedSchema) {
    console.error(`${error.message} Set DATABASE_URL to another database.`);
  } else {
    // Expected errors need no stack trace; any other is a defect.
    const isExpected = error instanceof MigrationFailed || error instanceof InvalidInput;
    console.error(isExpected ? error.message : error);
  }
}
