/** `node broker-with-rule.ts <journal>`: a broker whose rule always fails. Prints its port. */
import { startBroker } from '../../src/index.ts';

const { port } = await startBroker({
  keys: ['app1.key1:not-a-secret'],
  rules: [{ channelFilter: 'room', deliver: () => Promise.reject(new Error('unavailable')) }],
  journal: process.argv[2] ?? '',
});
console.log(port);
