import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Config } from '../config/config.ts';
import { toError } from '../errors.ts';
import type { ConnectorEvents } from '../events.ts';
import { createLagGauge } from './lag.ts';
import { createMetrics } from './metrics.ts';
import type { Backlog } from '../publishing/outbox.ts';
import { followStatus, whyNotReady, type Status } from './status.ts';

/**
 * What `/health` answers: status 503 until the triggers stand and the connector listens for the first time, 200 from then
 * on for as long as the process lives. Losing the database or Ably is no reason to restart it: that brings neither back.
 */
export interface Health {
  readonly status: 'starting' | 'ok';
  readonly state: Status['state'];
  /** Rows not published yet, counted up to 100,000; null when the database could not say. */
  readonly waitingRows: number | null;
  readonly publishedMessages: number;
  /** Publishes and claims that failed and were, or will be, tried again. */
  readonly failures: number;
}

/** What `/ready` answers: 200 while row changes go out, else 503 and why they do not. */
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
 * @param port 0 takes any free one
 */
export async function startHealthServer(
  { healthHost, healthPort: port }: Pick<Config, 'healthHost'> & { healthPort: number },
  events: ConnectorEvents,
  backlog: (limit: number) => Promise<Backlog>,
): Promise<HealthServer> {
  const status = followStatus(events);
  const askLag = createLagGauge(backlog);
  const metrics = createMetrics(events, status, askLag);

  const routes: Readonly<Record<string, (response: ServerResponse) => void | Promise<void>>> = {
    async '/health'(response) {
      const { state, published, retried } = status;
      const health: Health = {
        status: state === 'starting' ? 'starting' : 'ok',
        state,
        waitingRows: (await askLag())?.rows ?? null,
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
    const { pathname } = new URL(request.url ?? '/', 'http://connector');
    const route = request.method === 'GET' && Object.hasOwn(routes, pathname) ? routes[pathname] : undefined;
    if (!route) return answer(response, 404, { error: 'only GET /health, /ready and /metrics are here' });
    Promise.resolve(route(response)).catch((error: unknown) => {
      events.emit('health:failed', { path: pathname, error: toError(error) });
      response.destroy();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, healthHost, resolve);
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
