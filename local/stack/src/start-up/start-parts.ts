import { FUNCTION_TIMEOUT_SECONDS } from '@chat/lambda-function/env';
import { startPostgres } from '@chat/postgres';
import { claim, openOnPort } from '@chat/processes';
import type { AblyAccount } from '../ably/account.ts';
import { startLocalAbly, type LocalAbly } from '../ably/broker.ts';
import { subscribeInPlaceOfRule } from '../ably/rule-stand-in.ts';
import { invokeFunction, type Deliver } from '../ably/rule.ts';
import { buildLambda, buildSite, type Bundles } from '../build/build.ts';
import { startConnectorProcess, type ConnectorProcess } from '../connector.ts';
import { databaseEnvironments } from '../database-environment.ts';
import { startLambdaHost, type LambdaHost } from '../lambda/host.ts';
import { DEFAULT_TIMING, targetWaitOf } from '../lambda/types.ts';
import { REPOSITORY } from '../paths.ts';
import { startDevServer } from '../site/dev-server.ts';
import { chooseSitePort, siteOrigins, startSite } from '../site/site.ts';
import { openSchema } from './open-schema.ts';
import type { ResolvedStackOptions, Stack } from './options.ts';
import { openStackFolder, type StackFolder } from './stack-folder.ts';
import { stepRunner, type Run } from './steps.ts';

/** Registers a running part, to be closed before the parts that were registered earlier. */
type Own = <Part extends { close(): Promise<void> }>(part: Part) => Part;

interface Wiring {
  settings: ResolvedStackOptions;
  folder: StackFolder;
  run: Run;
  own: Own;
}

interface Database {
  url: string;
  readonly pid: number | undefined;
}

/**
 * Starts each part as soon as the parts that it needs are running. Each is registered with `owned`
 * once it runs, so disposing in reverse order stops a part before the parts that it needs.
 */
export async function startParts(
  settings: ResolvedStackOptions,
  owned: AsyncDisposableStack,
): Promise<Omit<Stack, 'close'>> {
  const folder = openStackFolder(settings.dataDir);
  owned.defer(await claim(folder.path));
  const own: Own = (part) => {
    owned.defer(() => part.close());
    return part;
  };
  const run = stepRunner(settings.onStep ?? (() => undefined), settings.signal);
  const wiring: Wiring = { settings, folder, run, own };

  const database = openDatabase(wiring);
  const bundles = bundleFunctions(wiring);
  const page = preparePage(wiring);
  const lambda = both(database, bundles).then(([db, files]) => openLambda(wiring, db, files));
  const ably = lambda.then((host) => openAbly(wiring, host));
  const connector = both(database, ably).then(([db, { account }]) => openConnector(wiring, db, account));
  const site = Promise.all([page, lambda, ably]).then(([devServer, host, { account }]) =>
    openSite(wiring, host, account, devServer),
  );
  // Waits for all of them: nothing may still be starting when the caller stops the others after a
  // failure.
  const results = await Promise.allSettled([database, bundles, page, lambda, ably, connector, site]);
  const failure = results.find((result) => result.status === 'rejected');
  if (failure) throw failure.reason;
  settings.signal?.throwIfAborted();

  return describe(folder, await database, await lambda, await ably, await connector, await site);
}

const both = <A, B>(a: Promise<A>, b: Promise<B>): Promise<[A, B]> => Promise.all([a, b]);

function openDatabase({ settings, folder, run, own }: Wiring): Promise<Database> {
  const { databaseUrl, log, signal } = settings;
  return run('Database', async () => {
    const database: Database = databaseUrl
      ? { url: databaseUrl, pid: undefined }
      : own(await startPostgres({ dataDir: folder.path, log, signal }));
    const applied = await openSchema(database.url, databaseUrl ? undefined : folder.path);
    const kind = databaseUrl ? 'your PostgreSQL (DATABASE_URL)' : 'embedded PostgreSQL';
    return [database, `${kind}, ${applied > 0 ? `${applied} SQL files applied` : 'schema is current'}`];
  });
}

function bundleFunctions({ run }: Wiring): Promise<Bundles> {
  return run('Functions', async () => {
    const { bundles, built } = await buildLambda();
    return [bundles, `chat-writer and chat-history ${built ? 'bundled' : 'unchanged'}`];
  });
}

/** Builds the page, or starts Nuxt's development server and returns its address. */
async function preparePage({ settings, run, own }: Wiring): Promise<string | undefined> {
  const { site = true, dev = false, log, signal } = settings;
  if (!site) return undefined;
  return run('Page', async () => {
    if (dev) return [own(await startDevServer(log)).url, 'Nuxt with hot reload'];
    const { built } = await buildSite(log, signal);
    return [undefined, built ? 'built' : 'unchanged'];
  });
}

function openLambda(
  { settings, folder, run, own }: Wiring,
  database: Database,
  bundles: Bundles,
): Promise<LambdaHost> {
  return run('Lambda', async () => {
    const { lambda: env } = databaseEnvironments(database.url);
    const timing = settings.timing?.lambda ?? DEFAULT_TIMING;
    const limit = settings.messagesPerMinute;
    const writerEnv = {
      ...env,
      TARGET_WAIT_MS: String(targetWaitOf(timing)),
      ...(limit !== undefined && { MESSAGES_PER_MINUTE: String(limit) }),
    };
    const historyEnv = { ...env, HISTORY_SECRET: folder.secrets.historySecret };
    const timeoutSeconds = FUNCTION_TIMEOUT_SECONDS;
    const host = await openOnPort(
      () => folder.choosePort('lambdaPort'),
      (port) =>
        startLambdaHost({
          functions: [
            { name: 'chat-writer', bundle: bundles['chat-writer'], env: writerEnv, timeoutSeconds },
            { name: 'chat-history', bundle: bundles['chat-history'], env: historyEnv, timeoutSeconds },
          ],
          eventQueue: folder.eventQueue,
          deadLetters: folder.deadLetters,
          port,
          timing,
          log: settings.log,
        }),
    );
    return [own(host), 'chat-writer and chat-history, each in its own processes'];
  });
}

type Ably = Pick<LocalAbly, 'account' | 'restart'>;

function openAbly({ settings, folder, run, own }: Wiring, lambda: LambdaHost): Promise<Ably> {
  const { ably: account, broker: harshness, channels, timing, log, signal } = settings;
  const { plan, ruleLoss, journal = plan === 'none' } = harshness;
  const deliver: Deliver = invokeFunction(lambda, 'chat-writer');
  return run<Ably>('Realtime', async () => {
    if (account) {
      own(await subscribeInPlaceOfRule({ account, channel: channels.outgoing, deliver, log, signal }));
      const restart = () =>
        Promise.reject(new Error('Cannot restart Ably: the stack uses your Ably app, not the local broker'));
      return [{ account, restart }, 'your Ably app (ABLY_API_KEY)'];
    }
    const broker = await openOnPort(
      () => folder.choosePort('brokerPort'),
      (port) =>
        startLocalAbly({
          port,
          key: folder.secrets.ablyKey,
          channel: channels.outgoing,
          deliver,
          plan,
          ruleLoss,
          journal: journal ? folder.brokerJournal : undefined,
          timing: timing?.broker,
          log,
        }),
    );
    own(broker);
    const limits = plan === 'none' ? 'without limits' : `with the limits of Ably's plan ${plan}`;
    return [broker, `Ably-compatible broker ${limits}`];
  });
}

function openConnector(
  { settings, run, own }: Wiring,
  database: Database,
  ably: AblyAccount,
): Promise<ConnectorProcess> {
  return run('Connector', async () => {
    const { connector: databaseEnv } = databaseEnvironments(database.url);
    const { log, channels, signal } = settings;
    const connector = await startConnectorProcess({
      databaseEnv,
      ably,
      incomingChannel: channels.incoming,
      log,
      signal,
    });
    return [own(connector), 'publishes every committed row change to Ably'];
  });
}

async function openSite(
  { settings, folder, run, own }: Wiring,
  lambda: LambdaHost,
  ably: AblyAccount,
  devServer: string | undefined,
): Promise<string> {
  if (settings.site === false) return '';
  const { channels, functionsEnv, sitePort = 0, log } = settings;
  return run('Site', async () => {
    const env = {
      ...functionsEnv,
      ABLY_API_KEY: ably.key,
      ...(ably.endpoint && { ABLY_ENDPOINT: ably.endpoint }),
      ...(ably.port && { ABLY_PORT: String(ably.port) }),
      ABLY_TLS: String(ably.tls ?? true),
      IDENTITY_SECRET: folder.secrets.identitySecret,
      HISTORY_SECRET: folder.secrets.historySecret,
      CHAT_HISTORY_URL: `${lambda.url}/url/chat-history`,
      OUTGOING_CHANNEL: channels.outgoing,
      INCOMING_CHANNEL: channels.incoming,
    };
    const connectOrigins = siteOrigins(ably);
    const site = own(
      await openOnPort(
        () => chooseSitePort(sitePort),
        (port) => startSite({ root: REPOSITORY, port, connectOrigins, devServer, env, log }),
      ),
    );
    const isOther = sitePort !== 0 && new URL(site.url).port !== String(sitePort);
    return [site.url, isOther ? `${site.url}, because port ${sitePort} is in use` : site.url];
  });
}

function describe(
  folder: StackFolder,
  database: Database,
  lambda: LambdaHost,
  ably: Ably,
  connector: ConnectorProcess,
  site: string,
): Omit<Stack, 'close'> {
  const { endpoint = 'main', port = 443, key } = ably.account;
  return {
    site,
    ably: { endpoint, port, key },
    postgres: database.url,
    lambda: lambda.url,
    connector: { health: connector.health },
    deadLetters: folder.deadLetters,
    pids: {
      get postgres() {
        return database.pid;
      },
      get connector() {
        return connector.pid;
      },
      lambda: (functionName) => lambda.pids(functionName),
    },
    restartBroker: () => ably.restart(),
  };
}
