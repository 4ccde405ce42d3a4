import { networkInterfaces } from 'node:os';
import { expect, onTestFinished, test } from 'vitest';
import { startBroker } from '../src/index.ts';
import { KEY, restClient } from './support/helpers.ts';

const hasIpv6 = Object.values(networkInterfaces())
  .flat()
  .some((each) => each?.address === '::1');

test.runIf(hasIpv6)(
  'a broker on an IPv6 address: has an address that opens, and serves the official client',
  async () => {
    const broker = await startBroker({ host: '::1', keys: [KEY] });
    onTestFinished(() => broker.close());
    expect(broker.url).toBe(`http://[::1]:${broker.port}`);
    expect((await fetch(`${broker.url}/time`)).status).toBe(200);
    const { channels } = restClient(broker, { endpoint: '[::1]' });
    await channels.get('room').publish('name', 'data');
    const second = startBroker({ host: '::1', port: broker.port, keys: [KEY] });
    await expect(second).rejects.toThrow(`Cannot listen on [::1]:${broker.port}`);
  },
);
