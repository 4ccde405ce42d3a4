import { InvalidInput, parseInput, SessionRequestSchema } from '@chat/contract';
import { BadRequest, BodyTooLarge } from './errors.ts';
import { readText, TooMuchText } from './read-text.ts';

/** The longest identity that the contract allows, with room around it, in bytes. */
const MAX_BODY = 4_096;

/**
 * The identity that a request brings along: only a POST can; a GET always asks for a new person.
 * @throws BadRequest, BodyTooLarge
 */
export async function readPresentedIdentity(request: Request): Promise<string | undefined> {
  if (request.method !== 'POST') return undefined;
  const text = await readBody(request);
  try {
    return parseInput(SessionRequestSchema, text === '' ? {} : JSON.parse(text), 'The session request')
      .identity;
  } catch (error) {
    if (error instanceof InvalidInput)
      throw new BadRequest('The session request is not valid', error.problems);
    throw new BadRequest('The session request is not valid', ['the body is not JSON']);
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
