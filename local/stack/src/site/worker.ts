/**
 * The site's thread. Its `process.env` contains the Netlify functions' environment only, like on
 * Netlify.
 */
import { Hono } from 'hono';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { listen } from '../http-server.ts';
import { createDevProxy, proxyUpgrades } from './dev-proxy.ts';
import { createFunctions } from './functions.ts';
import { readHeadersFile } from './headers-file.ts';
import { readNetlifyToml } from './netlify-toml.ts';
import type { SiteReply, SiteSettings } from './site.ts';
import { createStaticSite } from './static-site.ts';

const { root, port, connectOrigins, devServer } = workerData as SiteSettings;
const reply = (message: SiteReply) => parentPort?.postMessage(message);

try {
  const toml = await readNetlifyToml(join(root, 'netlify.toml'));
  const publishDir = join(root, toml.build.publish);
  const site = async () => {
    const headers = [...(await readHeadersFile(join(publishDir, '_headers'))), ...toml.headers];
    return createStaticSite({ publishDir, rules: { ...toml, headers }, connectOrigins });
  };
  const app = new Hono()
    .route('/', await createFunctions(join(root, toml.functions.directory)))
    .route('/', devServer ? createDevProxy(devServer) : await site());
  const server = await listen(app, { port, origins: 'local' });
  if (devServer) proxyUpgrades(server.server, devServer);
  parentPort?.once('message', () => void server.close().then(() => parentPort?.close()));
  reply({ url: server.url });
} catch (error) {
  reply({ problem: (error as Error).message });
  parentPort?.close();
}
