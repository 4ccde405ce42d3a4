import { freePort, startAnswering, systemEnvironment, type Log } from '@chat/processes';
import { ensureBuildable } from '../build/ensure-buildable.ts';
import { nuxtCommand, WEB_APP } from '../paths.ts';

const START_LIMIT_MS = 60_000;

export interface DevServer {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Starts Nuxt's development server for the web page, with hot reload, on a port of its own behind
 * the site.
 */
export async function startDevServer(log: Log): Promise<DevServer> {
  ensureBuildable(WEB_APP);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const args = [nuxtCommand(), 'dev', '--host', '127.0.0.1', '--port', String(port)];
  const env = { ...systemEnvironment(), NODE_ENV: 'development', NUXT_TELEMETRY_DISABLED: '1' };
  const child = await startAnswering({ name: 'nuxt', args, cwd: WEB_APP, env, log }, url, START_LIMIT_MS);
  return { url, close: async () => void (await child.stop()) };
}
