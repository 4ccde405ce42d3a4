import { expect, test } from 'vitest';
import { linkedMessage, linkedTime, ofPresent, withMessage, withTime } from '~/utils/permalink';

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

test('the address of a time keeps other parameters, and leads back to it', () => {
  expect(withTime('?room=x&message=a', 1_700_000_000_123)).toBe('?room=x&message=a&at=1700000000123');
  for (const at of [0, -5, 1_700_000_000_123]) expect(linkedTime(withTime('', at))).toBe(at);
});

test.each(['', '?at=', '?at=noon', '?at=1.5', '?at=9000000000000000', '?at=99999999999999999999'])(
  'the address "%s" leads to no time',
  (search) => {
    expect(linkedTime(search)).toBeNull();
  },
);

test('the address of the present has neither time nor message', () => {
  expect(ofPresent('?at=5&message=a')).toBe('');
  expect(ofPresent('?room=x&at=5')).toBe('?room=x');
});
