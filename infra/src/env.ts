import { parseInput } from '@chat/contract';
import type * as v from 'valibot';

/**
 * For a program that we start: this process's environment without the tokens, and what is added.
 */
export function childEnvironment(added: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const { ABLY_CONTROL_TOKEN: _ably, NETLIFY_AUTH_TOKEN: _netlify, ...inherited } = process.env;
  return { ...inherited, ...added };
}

/** Reads what the stack sets for one of our own functions on AWS. */
export function readFunctionEnv<Schema extends v.GenericSchema>(schema: Schema): v.InferOutput<Schema> {
  return parseInput(schema, process.env, 'The environment');
}
