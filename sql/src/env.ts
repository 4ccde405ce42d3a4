import { parseInput } from '@chat/contract';
import * as v from 'valibot';

const EnvSchema = v.object({
  /** The database to migrate. Parameters of libpq, such as `?sslmode=…`, are supported. */
  DATABASE_URL: v.pipe(
    v.optional(v.string(), ''),
    v.regex(
      /^postgres(ql)?:\/\/./,
      'must be set to an address such as postgres://user:password@host:5432/chat',
    ),
  ),
});

/** @throws InvalidInput naming every variable that is missing or wrong */
export function readEnv(): v.InferOutput<typeof EnvSchema> {
  return parseInput(EnvSchema, process.env, 'The environment');
}
