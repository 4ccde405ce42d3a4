import { guardHost } from '@chat/contract/host-guard';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Config } from '../config/config.ts';
import { toError } from '../errors.ts';
import type { ConnectorEvents } from '../events.ts';
import { createLagGauge } from './lag.ts';
import { createMetrics } from './metrics.ts';
import type { Limits } from '../limits/limits.ts';
import type { Outbox } from '../publishing/outbox.ts';
import { whyNotReady, type Status } from './status.ts';

/**
 * The answer of `/health`: 503 until the triggers exist and the connector listens for the first
 * time, then 200 as long as the process lives. Restarting it would not bring a lost database or
 * Ably back.
 */
export interface Health {
  readonly status: 'starting' | 'ok';
  readonly state: Status['state'];
  /** Rows not published yet, counted up to 100,000; null when the database does not answer. */
  readonly waitingRows: number | null;
  readonly publishedMessages: number;
  /** Publishes and claims that failed and were, or will be, retried. */
  readonly failures: number;
}

/** The answer of `/ready`: 200 while row changes are published, else 503 with the reasons. */
export interface Readiness {
  readonly ready: boolean;
  readonly reasons: readonly string[];
}

export interface HealthServer {
  /** Full address of `/health`. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Serves `/health`, `/ready` and `/metrics`.
 * @param healthPort 0 chooses a free one
 */
export async function startHealthServer(
  { healthHost, healthPort }: Pick<Config, 'healthHost'> & { healthPort: number },
  events: ConnectorEvents,
  status: Status,
  { backlog, breakdown }: Pick<Outbox, 'backlog' | 'breakdown'>,
  limits: Pick<Limits, 'channelRates' | 'accountRate'>,
): Promise<HealthServer> {
  const measureLag = createLagGauge(backlog);
  const metrics = createMetrics(events, status, measureLag, breakdown, limits);

  const routes: Readonly<Record<string, (response: ServerResponse) => Promise<void> | void>> = {
    async '/health'(response) {
      const { state, published, retried } = status;
      const health: Health = {
        status: state === 'starting' ? 'starting' : 'ok',
        state,
        waitingRows: (await measureLag())?.rows ?? null,
        publishedMessages: published,
        failures: retried,
      };
      answer(response, health.status === 'ok' ? 200 : 503, health);
    },
    '/ready'(response) {
      const reasons = whyNotReady(status);
      const readiness: Readiness = { ready: reasons.length === 0, reasons };
      answer(response, readiness.ready ? 200 : 503, readiness);
    },
    async '/metrics'(response) {
      const text = await metrics.render();
      response.writeHead(200, { 'content-type': metrics.contentType, 'cache-control': 'no-store' }).end(text);
    },
  };

  const server = createServer((request, response) => {
    // Not every request target is an address: `//` and `http://[` are none.
    const pathname = URL.parse(request.url ?? '/', 'http://connector')?.pathname ?? '';
    const route = request.method === 'GET' && Object.hasOwn(routes, pathname) ? routes[pathname] : undefined;
    if (!route)
      return answer(response, 404, { error: 'Not found: this server has GET /health, /ready and /metrics' });
    Promise.resolve(route(response)).catch((error: unknown) => {
      events.emit('health:failed', { path: pathname, error: toError(error) });
      response.destroy();
    });
  });
  guardHost(server, { listenHost: healthHost, origins: 'none' });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(healthPort, healthHost, resolve);
  });
  const reachable = healthHost === '0.0.0.0' || healthHost === '::' ? '127.0.0.1' : healthHost;
  return {
    url: `http://${reachable}:${(server.address() as AddressInfo).port}/health`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(JSON.stringify(body));
}
