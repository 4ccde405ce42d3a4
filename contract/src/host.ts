/**
 * Hosts as sockets and as URLs write them. They differ for IPv6 addresses alone: `::1` in a socket,
 * a certificate or a setting of PostgreSQL, `[::1]` in a URL and in what people copy from one.
 */

/** Returns the host as a socket expects it. */
export function socketHost(host: string): string {
  return /^\[(.+)\]$/.exec(host)?.[1] ?? host;
}

/** Returns the host as part of a URL. */
export function urlHost(host: string): string {
  return /^[\da-f.]*:[\da-f.:]*:[\da-f.]*$/i.test(host) ? `[${host}]` : host;
}

/** `host:port`, as in a URL. */
export function hostAndPort(host: string, port: number | string): string {
  return `${urlHost(host)}:${port}`;
}

/** Whether a host is this machine, in either form. */
export function isLoopback(host: string): boolean {
  return /^(localhost|[a-z\d-]+\.localhost|\[::1\]|::1|127(\.(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)){3})$/.test(
    host,
  );
}
