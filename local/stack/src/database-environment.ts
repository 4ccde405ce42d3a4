import { isLoopback, socketHost } from '@chat/contract';

/** Returns a database address as the environments of the Lambda functions and of the connector. */
export function databaseEnvironments(url: string): {
  lambda: Record<string, string>;
  connector: Record<string, string>;
} {
  const { hostname, port, username, password, pathname, searchParams } = new URL(url);
  const user = decodeURIComponent(username);
  const secret = decodeURIComponent(password);
  const database = decodeURIComponent(pathname.slice(1));
  // The folder of a Unix socket is a percent-encoded host, or the parameter of that name.
  const host = socketHost(searchParams.get('host') ?? decodeURIComponent(hostname));
  const isLocal = isLoopback(host) || host.startsWith('/');
  const sslMode = searchParams.get('sslmode') ?? (isLocal ? 'disable' : 'verify-full');
  return {
    lambda: {
      PGHOST: host,
      PGPORT: port || '5432',
      PGUSER: user,
      PGPASSWORD: secret,
      PGDATABASE: database,
      PGSSLMODE: sslMode,
    },
    connector: {
      DB_HOST: host,
      DB_PORT: port || '5432',
      DB_USER: user,
      DB_PASSWORD: secret,
      DB_NAME: database,
      DB_SSL: sslMode === 'disable' ? 'false' : 'true',
    },
  };
}
