import { parseInput } from '@chat/contract';
import { databaseUrl, namesOf, pickEnv, settings } from '@chat/contract/settings';
import type * as v from 'valibot';

/** The database to migrate; accepts libpq's parameters (`?sslmode=…`). */
const fields = { DATABASE_URL: databaseUrl };

/** Every environment name that `migrate` reads. */
export const ENV = namesOf(fields);

const EnvSchema = settings(fields);

/** @throws InvalidInput naming every variable that is missing or wrong */
export function readEnv(): v.InferOutput<typeof EnvSchema> {
  return parseInput(EnvSchema, pickEnv(ENV, process.env), 'The environment');
}
