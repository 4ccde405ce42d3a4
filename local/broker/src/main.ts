import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { startBroker } from './index.ts';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    key: { type: 'string', multiple: true },
    json: { type: 'boolean', default: false },
  },
});
const port = Number(values.port);
if (!Number.isInteger(port) || port < 0 || port > 65_535) {
  throw new Error(`--port "${values.port}" must be a number from 0 (any free one) to 65535`);
}
const keys = values.key ?? [`local.dev:${randomBytes(12).toString('base64url')}`];
const broker = await startBroker({
  port,
  keys,
  log: (level, event, details) => {
    if (level === 'warn' || level === 'error') console.error(level, event, details ?? '');
  },
});

if (values.json) {
  console.log(JSON.stringify({ ready: true, url: broker.url, port: broker.port, key: keys[0] }));
} else {
  console.log(`Broker at ${broker.url}, key ${keys[0] ?? ''}. Ctrl-C stops it.`);
}

let isStopping = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (isStopping) process.exit(1); // asked twice
    isStopping = true;
    void broker.close().then(() => process.exit(0));
  });
}
