import { deploy } from '@chat/infra/deploy';
import { startFakeClouds } from '@chat/infra/testing';
import { startBroker } from '@chat/broker';
import { startTemporaryPostgres } from '@chat/postgres/testing';
import { databaseEnvironments, invokeFunction, startConnectorProcess } from '@chat/stack/parts';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startFunctionProcess } from './function-process.ts';
import { startLambdaZips } from './lambda-zips.ts';
import { unpackNetlifyZips } from './netlify-zips.ts';

/** Everything behind the page: the artefacts of a deployment, with the settings that it makes. */
export interface DeployedSystem {
  /** The deployment's variables at Netlify: the environment of the build and of the functions. */
  readonly variables: Readonly<Record<string, string>>;
  /** Port of the broker in place of Ably, in plain HTTP. */
  readonly ablyPort: number;
  /** @returns undefined for a request that no function answers */
  readonly callFunction: (request: Request) => Promise<Response | undefined>;
  close(): Promise<void>;
}

/**
 * @param ablyHosts names under which a test passes requests on to the broker
 * @throws Error naming the part that does not start; the others are closed then
 */
export async function startDeployedSystem(ablyHosts: readonly string[] = []): Promise<DeployedSystem> {
  const owned = new AsyncDisposableStack();
  try {
    const system = await startParts(owned, ablyHosts);
    return { ...system, close: () => owned.disposeAsync() };
  } catch (error) {
    await owned.disposeAsync();
    throw error;
  }
}

async function startParts(
  owned: AsyncDisposableStack,
  ablyHosts: readonly string[],
): Promise<Omit<DeployedSystem, 'close'>> {
  const own = <Part extends { close(): Promise<void> }>(part: Part): Part => {
    owned.defer(() => part.close());
    return part;
  };
  const folder = await mkdtemp(join(tmpdir(), 'chat-deployed-'));
  owned.defer(() => rm(folder, { recursive: true, force: true }));
  const { variables, connectorKey, channelFilter } = await deployToSimulatedClouds();

  const postgres = own(await startTemporaryPostgres());
  const lambda = own(
    await startLambdaZips(folder, postgres.url, { historySecret: variables.HISTORY_SECRET }),
  );
  await lambda.invoke('migrate', { RequestType: 'Create' });
  const broker = own(
    await startBroker({
      hosts: ablyHosts,
      keys: [variables.ABLY_API_KEY, connectorKey],
      rules: [{ channelFilter, deliver: invokeFunction(lambda, 'writer') }],
    }),
  );
  own(
    await startConnectorProcess({
      databaseEnv: databaseEnvironments(postgres.url).connector,
      ably: { key: connectorKey, endpoint: '127.0.0.1', port: broker.port, tls: false },
      incomingChannel: variables.INCOMING_CHANNEL,
      log: () => undefined,
    }),
  );
  // The one setting that differs from the deployment's.
  const env = { ...variables, CHAT_HISTORY_URL: `${lambda.url}/url/history` };
  const functions = own(startFunctionProcess(await unpackNetlifyZips(join(folder, 'netlify')), env));
  return {
    variables: env,
    ablyPort: broker.port,
    async callFunction(request) {
      const [, name] = /^\/\.netlify\/functions\/([\w-]+)$/.exec(new URL(request.url).pathname) ?? [];
      return name === undefined ? undefined : functions.call(name, request);
    },
  };
}

type VariableName = 'ABLY_API_KEY' | 'HISTORY_SECRET' | 'INCOMING_CHANNEL';

/** Deploys to simulated clouds, to learn what a deployment sets there. */
async function deployToSimulatedClouds() {
  const clouds = await startFakeClouds('production');
  try {
    await deploy(clouds.clouds(), { yes: true });
    const variables = clouds.netlify.variables();
    const [rule] = clouds.ably.state.rules;
    return {
      variables: Object.fromEntries(
        [...variables].map(([key, { values }]) => [key, values[0]?.value ?? '']),
      ) as Record<VariableName, string>,
      connectorKey: clouds.aws.secrets.get('serverless-chat-production/connector-ably-key') ?? '',
      channelFilter: rule?.source.channelFilter ?? '',
    };
  } finally {
    await clouds.close();
  }
}
