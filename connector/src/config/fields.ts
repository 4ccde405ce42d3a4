import {
  ablyApiKey,
  ablyEndpoint,
  channelName,
  flag,
  listenHost,
  listenPort,
  targetHost,
  targetPort,
  text,
  wholeNumber,
} from '@chat/contract/settings';
import * as v from 'valibot';
import {
  CertificateFile,
  describeObjectIssue,
  LogLevel,
  Operation as OperationSchema,
  Ssl,
  SslMode,
  TableName,
} from './values.ts';

/**
 * The one table of the connector's settings. The parsers of both forms (the 2021 connector's JSON
 * file, and the environment), `--help` and the list in connector-config/README.md come from it.
 */
export interface Field {
  /** Of the JSON value, and without `fromText` also of the environment's text. */
  readonly schema: v.GenericSchema;
  readonly description: string;
  /** Describes the behaviour without the setting, where the schema has no default. */
  readonly without?: string;
}

export interface Setting<Env extends string = string> extends Field {
  /** Its name in the environment. */
  readonly env: Env;
  /** Decodes the environment's text where it has another form than the JSON value. */
  readonly fromText?: v.GenericSchema;
}

function setting<const Env extends string, Schema extends v.GenericSchema>(
  env: Env,
  definition: Omit<Setting, 'env' | 'schema'> & { schema: Schema },
) {
  return { env, ...definition };
}

export const ROUTE_FIELDS = {
  tablename: {
    schema: TableName,
    description:
      '`table` in schema public, or `schema.table`, spelled exactly as in the database. Where a dot ' +
      'in a name is ambiguous, put it in double quotes: `"v1.2"."my.table"`.',
  },
  ablychannelname: { schema: channelName, description: 'The channel for these changes.' },
  operation: { schema: OperationSchema, description: '`INSERT`, `UPDATE` or `DELETE`, in any case.' },
} satisfies Record<string, Field>;

const RouteSchema = v.strictObject(schemasOf(ROUTE_FIELDS), describeObjectIssue);

/** One row of the control table: changes of this kind in this table go to this channel. */
export type Route = v.InferOutput<typeof RouteSchema>;
export type Operation = Route['operation'];

const Routes = v.pipe(
  v.array(RouteSchema, 'must be a list of { tablename, ablychannelname, operation }'),
  v.minLength(1, 'must have at least one entry'),
  v.checkItems(
    (route, index, all) => all.findIndex((other) => isSameRoute(route, other)) === index,
    'repeats an earlier entry',
  ),
);

export function isSameRoute(one: Route, other: Route): boolean {
  return (
    one.tablename === other.tablename &&
    one.ablychannelname === other.ablychannelname &&
    one.operation === other.operation
  );
}

const DATABASE = {
  host: setting('DB_HOST', {
    schema: targetHost,
    description:
      'Host of PostgreSQL. Not of a pooler in transaction mode, which the connector refuses: it needs ' +
      'a direct connection, or session mode.',
  }),
  port: setting('DB_PORT', { schema: v.optional(targetPort, 5432), description: 'Port of PostgreSQL.' }),
  user: setting('DB_USER', {
    schema: text(),
    description:
      'The owner of the tables, or the restricted role of `sql/README.md`; for that role, run ' +
      '`--setup` once as the owner.',
  }),
  password: setting('DB_PASSWORD', {
    schema: v.optional(v.string('must be text')),
    description: 'The password of this role.',
  }),
  database: setting('DB_NAME', { schema: text(), description: 'The name of the database.' }),
  ssl: setting('DB_SSL', {
    schema: v.optional(Ssl),
    fromText: v.optional(SslMode),
    without: '`false`',
    description:
      '`true` encrypts and verifies the server. `rds` does too, and trusts Amazon’s authorities ' +
      'for RDS, which come with the connector. `no-verify`, in JSON ' +
      '`{ "rejectUnauthorized": false }`, encrypts only.',
  }),
};

/** Has no JSON key of its own: in JSON it is part of the value of `dbConfig.ssl`. */
const SSL_CA = setting('DB_SSL_CA', {
  schema: v.optional(CertificateFile),
  without: 'the system’s authorities',
  description:
    'Certificate authorities to trust instead. In JSON the PEM text, in the environment the path ' +
    'of a PEM file, which also turns `DB_SSL` on.',
});

const ABLY = {
  apiKey: setting('ABLY_API_KEY', {
    schema: ablyApiKey,
    description: 'A key that may publish to these channels: `<app>.<key>:<secret>`.',
  }),
  endpoint: setting('ABLY_ENDPOINT', {
    schema: v.optional(ablyEndpoint),
    without: 'Ably’s',
    description: 'Host of an Ably-compatible service, or one of Ably’s routing names.',
  }),
  port: setting('ABLY_PORT', {
    schema: v.optional(targetPort),
    without: '443, or 80 without TLS',
    description: 'Port of that host.',
  }),
  tls: setting('ABLY_TLS', {
    schema: v.optional(flag),
    without: '`true`',
    description: '`false` only for a broker on this machine.',
  }),
  maxMessageSize: setting('ABLY_MAX_MESSAGE_SIZE', {
    schema: v.optional(
      wholeNumber(1_024, 10_485_760, 'must be Ably’s limit for one publish in bytes, 1024 to 10485760'),
      65_536,
    ),
    description:
      'Bytes that your Ably account accepts in one publish; 64 KiB on the smaller plans. A larger ' +
      'message is set aside.',
  }),
};

const PROCESS = {
  healthPort: setting('HEALTH_PORT', {
    schema: v.optional(listenPort),
    without: 'no server',
    description:
      'Serves `GET /health`, `/ready` and `/metrics` on this port. 0 chooses a free one and logs it.',
  }),
  healthHost: setting('HEALTH_HOST', {
    schema: v.optional(listenHost, '127.0.0.1'),
    description:
      'The address of this server. `0.0.0.0` makes it reachable from other machines, without a ' +
      'password. It then answers to addresses and to names without a dot; by default only to ' +
      '`localhost` and loopback addresses.',
  }),
  logLevel: setting('LOG_LEVEL', {
    schema: v.optional(LogLevel, 'info'),
    description: 'JSON lines on stdout: `fatal`, `error`, `warn`, `info`, `debug`, `trace` or `silent`.',
  }),
};

const ROUTES = setting('ABLY_CONNECTOR', {
  schema: Routes,
  fromText: v.pipe(v.string(), v.parseJson(undefined, 'must be a JSON list'), Routes),
  description: 'List of the three keys below; in the environment one line of JSON.',
});

/** The 2021 connector's JSON (`dbConfig`, `connector`, `ably.apiKey`) and later, optional keys. */
export const ConfigSchema = v.strictObject(
  {
    dbConfig: v.strictObject(schemasOf(DATABASE), describeObjectIssue),
    connector: ROUTES.schema,
    ably: v.strictObject(schemasOf(ABLY), describeObjectIssue),
    ...schemasOf(PROCESS),
  },
  describeObjectIssue,
);

type EnvNames<Group extends Record<string, Setting>> = Group[keyof Group]['env'];

export type EnvName =
  | EnvNames<typeof DATABASE>
  | EnvNames<typeof ABLY>
  | EnvNames<typeof PROCESS>
  | (typeof SSL_CA | typeof ROUTES)['env'];

/** Every setting by its path in the JSON, in the order of the documentation. */
export const SETTINGS: readonly (Setting<EnvName> & { readonly key: string })[] = [
  ...withKeys('dbConfig.', DATABASE),
  { key: 'dbConfig.ssl.ca', ...SSL_CA },
  { key: 'connector', ...ROUTES },
  ...withKeys('ably.', ABLY),
  ...withKeys('', PROCESS),
];

function withKeys<Group extends Record<string, Setting<EnvName>>>(prefix: string, group: Group) {
  return Object.entries(group).map(([key, each]) => ({ key: `${prefix}${key}`, ...each }));
}

function schemasOf<Group extends Record<string, Field>>(group: Group) {
  const entries = Object.entries(group).map(([key, { schema }]) => [key, schema]);
  return Object.fromEntries(entries) as { readonly [Key in keyof Group]: Group[Key]['schema'] };
}
