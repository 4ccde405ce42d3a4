import type { Log } from '@chat/processes';
import getPort, { portNumbers } from 'get-port';
import { createInterface } from 'node:readline';
import { Worker } from 'node:worker_threads';
import type { AblyAccount } from '../ably/account.ts';

export interface SiteSettings {
  /** The folder of netlify.toml, whose paths are relative to it. */
  root: string;
  port: number;
  connectOrigins: readonly string[];
  /** Address of Nuxt's development server, which replaces the built site. */
  devServer?: string | undefined;
}

export type SiteReply = { url: string } | { problem: string };

export interface SiteOptions extends SiteSettings {
  /** The functions' whole environment. */
  env: Record<string, string>;
  log: Log;
}

export interface Site {
  /** `http://127.0.0.1:port`: the page, and the functions at `/.netlify/functions/…`. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Starts Netlify on one machine: the built site, with headers and redirects of netlify.toml, and
 * the functions, on one origin.
 * @throws Error when the port is in use, netlify.toml is invalid, or a function does not load
 */
export async function startSite({ env, log, ...settings }: SiteOptions): Promise<Site> {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), {
    env,
    workerData: settings,
    name: 'site',
    stdout: true,
    stderr: true,
    execArgv: [],
  });
  for (const stream of [worker.stdout, worker.stderr]) {
    createInterface({ input: stream }).on('line', (line) => log('netlify', line));
  }
  const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  const reply = await new Promise<SiteReply>((resolve) => {
    worker.once('message', resolve);
    worker.once('error', (error: Error) => resolve({ problem: error.message }));
    void ended.then(() => resolve({ problem: 'its thread ended' }));
  });
  if ('problem' in reply) throw new Error(`The site could not be started: ${reply.problem}`);
  worker.on('error', (error: Error) => log('netlify', `the site failed: ${error.stack ?? error.message}`));
  return {
    url: reply.url,
    async close() {
      worker.postMessage('close');
      await ended;
    },
  };
}

/** Number of ports to try after the wanted one, before any free one. */
const PORTS_TO_TRY = 50;

/** Returns a free port, if possible the wanted one. @param wanted 0 for any */
export function chooseSitePort(wanted: number): Promise<number> {
  // Free on every interface, because http://localhost may resolve to another address than
  // 127.0.0.1.
  if (!wanted) return getPort();
  return getPort({ port: portNumbers(wanted, Math.min(wanted + PORTS_TO_TRY, 65_535)) });
}

/**
 * Returns the origins that the page's security policy must allow when Ably is not at its own
 * address.
 */
export function siteOrigins({ endpoint, port, tls = true }: AblyAccount): string[] {
  // A security policy cannot name an IPv6 address, only every host of a scheme.
  if (endpoint?.startsWith('[')) return tls ? ['https:', 'wss:'] : ['http:', 'ws:'];
  if (!endpoint?.includes('.') && endpoint !== 'localhost') return [];
  const host = port ? `${endpoint}:${port}` : endpoint;
  return tls ? [`https://${host}`, `wss://${host}`] : [`http://${host}`, `ws://${host}`];
}
