import { expect, test } from 'vitest';
import { linkedMessage, withMessage } from '~/utils/permalink';

test('the address of a message keeps other parameters, and leads back to its id', () => {
  expect(withMessage('', 'a b&c')).toBe('?message=a+b%26c');
  expect(withMessage('?room=x&message=old', 'new')).toBe('?room=x&message=new');
  for (const id of ['simple', 'a b&c=?#%', '日本'])
    expect(linkedMessage(withMessage('?room=x', id))).toBe(id);
});

test('an address without a message leads to none', () => {
  expect(linkedMessage('')).toBeUndefined();
  expect(linkedMessage('?message=')).toBeUndefined();
  expect(linkedMessage('?room=x')).toBeUndefined();
});
