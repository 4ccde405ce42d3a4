import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface AwsServer {
  readonly url: string;
  close(): Promise<void>;
}

/** Serves the APIs of AWS on 127.0.0.1: bodies that begin with `<` are XML, all others JSON. */
export async function startAwsServer(
  respond: (request: IncomingMessage, body: string) => readonly [status: number, body: string],
): Promise<AwsServer> {
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const [status, body] = respond(request, Buffer.concat(parts).toString());
      const type = body.startsWith('<') ? 'text/xml' : 'application/x-amz-json-1.1';
      response.writeHead(status, { 'content-type': type }).end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
