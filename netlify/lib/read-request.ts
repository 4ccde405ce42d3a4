import { InvalidInput, parseInput } from '@chat/contract';
import type * as v from 'valibot';
import { BadRequest, BodyTooLarge } from './errors.ts';
import { readText, TooMuchText } from './read-text.ts';

/** In bytes: the longest identity that the contract allows, with some space around it. */
const MAX_BODY = 4_096;

/** @throws BadRequest listing every problem */
export function parseQuery<Schema extends v.GenericSchema>(
  request: Request,
  schema: Schema,
): v.InferOutput<Schema> {
  return parse(schema, Object.fromEntries(new URL(request.url).searchParams), 'The query');
}

/**
 * Parses the JSON body of a request; an empty body counts as `{}`.
 * @throws BadRequest listing every problem, BodyTooLarge
 */
export async function parseBody<Schema extends v.GenericSchema>(
  request: Request,
  schema: Schema,
): Promise<v.InferOutput<Schema>> {
  const text = await readBody(request);
  return parse(schema, text === '' ? {} : parseJson(text), 'The body');
}

function parse<Schema extends v.GenericSchema>(
  schema: Schema,
  input: unknown,
  what: string,
): v.InferOutput<Schema> {
  try {
    return parseInput(schema, input, what);
  } catch (error) {
    if (error instanceof InvalidInput) throw new BadRequest(`${what} is not valid`, error.problems);
    throw error;
  }
}

async function readBody(request: Request): Promise<string> {
  try {
    return await readText(request.body, MAX_BODY);
  } catch (error) {
    if (error instanceof TooMuchText) throw new BodyTooLarge(MAX_BODY);
    throw error;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new BadRequest('The body is not valid', ['it must be JSON']);
  }
}
