/**
 * A minimal stand-in for Ably's REST publish: counts messages and answers. A child process with
 * IPC: it sends its port, then for each publish the arrival time and the number of messages so far.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

let messages = 0;
const server = createServer((request, response) => {
  const arrivedAt = Number(process.hrtime.bigint()) / 1e6;
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    messages += Buffer.concat(chunks).toString('latin1').split('"id":"').length - 1;
    response.writeHead(201, { 'content-type': 'application/json' }).end('{"serials":[]}');
    process.send?.({ arrivedAt, messages });
  });
});
// Closing an idle connection that a client is about to reuse would look like a failed request.
server.keepAliveTimeout = 75_000;
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.on('disconnect', () => process.exit(0));
