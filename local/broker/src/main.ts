/** `npm run broker`: the broker alone, until it is stopped. */
import { readArguments } from './command-line.ts';
import { startBroker } from './index.ts';

const { host, port, keys, plan, json } = readArguments();
const [key = ''] = keys;
const broker = await startBroker({
  host,
  port,
  keys,
  plan,
  log(level, event, details) {
    if (level === 'warn' || level === 'error') console.error(level, event, details ?? '');
  },
});

if (json) console.log(JSON.stringify({ ready: true, url: broker.url, port: broker.port, key }));
else console.log(`Broker at ${broker.url}, key ${key}. Ctrl-C stops it.`);

let isStopping = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (isStopping) process.exit(1); // a second signal
    isStopping = true;
    void broker.close().then(() => process.exit(0));
  });
}
