/** Returns a database address as the environments of the Lambda functions and of the connector. */
export function databaseEnvironments(url: string): {
  lambda: Record<string, string>;
  connector: Record<string, string>;
} {
  const { hostname, port, username, password, pathname, searchParams } = new URL(url);
  const user = decodeURIComponent(username);
  const secret = decodeURIComponent(password);
  const database = decodeURIComponent(pathname.slice(1));
  const isLocal = ['127.0.0.1', 'localhost', '[::1]'].includes(hostname);
  const sslMode = searchParams.get('sslmode') ?? (isLocal ? 'disable' : 'verify-full');
  return {
    lambda: {
      PGHOST: hostname,
      PGPORT: port || '5432',
      PGUSER: user,
      PGPASSWORD: secret,
      PGDATABASE: database,
      PGSSLMODE: sslMode,
    },
    connector: {
      DB_HOST: hostname,
      DB_PORT: port || '5432',
      DB_USER: user,
      DB_PASSWORD: secret,
      DB_NAME: database,
      DB_SSL: sslMode === 'disable' ? 'false' : 'true',
    },
  };
}
