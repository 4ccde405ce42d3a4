/**
 * Ably's REST publish with as little work as can be: counts messages and answers. As a child process with IPC it tells the port, then
 * the moment at which each publish arrived, and how many messages there were so far.
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
// Clients reuse idle connections; closing one just then would look like a failed request.
server.keepAliveTimeout = 75_000;
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.on('disconnect', () => process.exit(0));
