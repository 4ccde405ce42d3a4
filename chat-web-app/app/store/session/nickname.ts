import { countCharacters, MAX_USERNAME_LENGTH, UsernameSchema } from '@chat/contract';
import { is } from 'valibot';
import { displayName } from '../../utils/display-name';

export type NicknameProblem = 'blank' | 'tooLong' | 'invalid';

/** Returns the nickname as it will be sent, or the problem with it. */
export function checkNickname(raw: string): { name: string } | { problem: NicknameProblem } {
  const name = raw.trim();
  // A name of only invisible characters is blank too.
  if (displayName(name) === '') return { problem: 'blank' };
  if (countCharacters(name) > MAX_USERNAME_LENGTH) return { problem: 'tooLong' };
  return is(UsernameSchema, name) ? { name } : { problem: 'invalid' };
}
