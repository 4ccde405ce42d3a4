import { expect, test } from 'vitest';
import { ConnectionRejected, PoolerInTheWay } from '../src/errors.ts';

const address = { host: '2001:db8::1', port: 5432, database: 'chat' };

test('connector errors: put an IPv6 address into brackets', () => {
  expect(new ConnectionRejected(address, new Error('no')).message).toContain('[2001:db8::1]:5432/chat');
  expect(new PoolerInTheWay(address, 'seen').message).toContain('[2001:db8::1]:5432');
});
