import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { isIPv4 } from 'node:net';
import type { Duplex } from 'node:stream';
import { isLoopback } from './host.ts';

/** Which web pages may call a server: `any`, those of this machine (`local`), or none. */
export type AllowedOrigins = 'any' | 'local' | 'none';

export interface HostGuardOptions {
  /** The address on which the server listens. */
  listenHost: string;
  /** Further names, in lower case: those under which a proxy passes requests on. */
  hosts?: readonly string[] | undefined;
  origins: AllowedOrigins;
}

/**
 * Makes a server reject requests and WebSockets that a web page of the internet may have sent from
 * a browser on this machine. Such a page can make its own name resolve to 127.0.0.1 (DNS rebinding),
 * and then has the server's origin; but its requests still carry the page's name as Host. Call it
 * before the server listens.
 */
export function guardHost(server: Server, options: HostGuardOptions): void {
  const emit = server.emit.bind(server);
  // Not a listener, which could not keep the event from the others.
  server.emit = (event: string, ...args: unknown[]): boolean => {
    if (event !== 'request' && event !== 'upgrade') return emit(event, ...args);
    const [request, answer] = args as [IncomingMessage, ServerResponse | Duplex];
    const problem = findProblem(request, options);
    if (problem === undefined) return emit(event, ...args);
    reject(answer, problem);
    return true;
  };
}

function findProblem(
  { url = '/', headersDistinct }: IncomingMessage,
  { listenHost, hosts: further = [], origins }: HostGuardOptions,
): string | undefined {
  const { host: hosts = [], origin: pages = [], 'sec-fetch-site': sites = [] } = headersDistinct;
  // A request target may be a whole address, which names a host, too.
  const target = URL.parse(url)?.host;
  const names = [...hosts, ...(target === undefined ? [] : [target])];
  if (
    hosts.length !== 1 ||
    !names.every((name) => further.includes(nameIn(name)) || isOwnName(name, listenHost))
  ) {
    return 'This server answers to its address or localhost only. Call it by one of these.';
  }
  if (origins === 'any') return undefined;
  if (origins === 'none') {
    const isPage = pages.length > 0 || sites.some((site) => site !== 'none');
    return isPage ? 'This server answers programs only, no web page.' : undefined;
  }
  const isLocal = pages.every((page) => isLoopback(nameIn(page.replace(/^https?:\/\//, ''))));
  return isLocal ? undefined : 'This server answers web pages of this machine only.';
}

/**
 * A server that listens on loopback has loopback names. Another one may also have a container's or
 * service's name, without a dot, which no page of the internet has; and any address: rebinding
 * needs a name.
 */
function isOwnName(host: string, listenHost: string): boolean {
  const name = nameIn(host);
  if (isLoopback(name) || name === listenHost) return true;
  return !isLoopback(listenHost) && (isAddress(name) || /^[a-z\d_-]+$/.test(name));
}

/** Returns the host without its port, in lower case; '' when it is malformed. */
function nameIn(host: string): string {
  return /^(\[[\da-f:.]+\]|[^:[\]@/\\?#\s]+)(?::\d{1,5})?$/i.exec(host)?.[1]?.toLowerCase() ?? '';
}

const isAddress = (name: string) => isIPv4(name) || /^\[[\da-f:.]+\]$/.test(name);

function reject(answer: ServerResponse | Duplex, problem: string): void {
  const body = `${problem}\n`;
  const headers = { 'content-type': 'text/plain', 'content-length': String(Buffer.byteLength(body)) };
  if ('writeHead' in answer) {
    answer.writeHead(403, { ...headers, connection: 'close' }).end(body);
    return;
  }
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  answer.end(`HTTP/1.1 403 Forbidden\r\nconnection: close\r\n${head.join('')}\r\n${body}`);
}
