import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { ConnectorEvents } from './events.ts';

/**
 * What `/health` answers: status 503 until the triggers stand and the connector listens for the first time, 200 from then
 * on for as long as the process lives. Losing the database or Ably is no reason to restart it: that brings neither back.
 */
export interface Health {
  readonly status: 'starting' | 'ok';
  readonly state: 'starting' | 'listening' | 'reconnecting';
  /** Rows not published yet, counted up to 10,000; null when the database could not say. */
  readonly waitingRows: number | null;
  readonly publishedMessages: number;
  /** Publishes and claims that failed and were, or will be, tried again. */
  readonly failures: number;
}

export interface HealthServer {
  readonly url: string;
  close(): Promise<void>;
}

const COUNT_LIMIT = 10_000;

/** One count a second at most, however often somebody asks, in ms. */
const COUNT_AGE = 1_000;

/** Who asks whether we live must not wait for a database that does not answer, in ms. */
const COUNT_TIMEOUT = 1_000;

/**
 * Serves `/health` on 127.0.0.1.
 * @param port 0 takes any free one
 */
export async function startHealthServer(
  port: number,
  events: ConnectorEvents,
  countWaiting: (limit: number) => Promise<number>,
): Promise<HealthServer> {
  const counters = followEvents(events);
  const waitingRows = remember(() => {
    const unknown = delay(COUNT_TIMEOUT, null, { ref: false });
    return Promise.race([countWaiting(COUNT_LIMIT).catch(() => null), unknown]);
  }, COUNT_AGE);

  const server = createServer((request, response) => {
    if (request.url !== '/health' || request.method !== 'GET') {
      response
        .writeHead(404, { 'content-type': 'application/json' })
        .end('{"error":"only GET /health is here"}');
      return;
    }
    void waitingRows().then((rows) => {
      const health: Health = { ...counters(), waitingRows: rows };
      response.writeHead(health.status === 'ok' ? 200 : 503, {
        'content-type': 'application/json',
        'cache-control': 'no-store',
      });
      response.end(JSON.stringify(health));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/health`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function followEvents(events: ConnectorEvents): () => Omit<Health, 'waitingRows'> {
  let status: Health['status'] = 'starting';
  let state: Health['state'] = 'starting';
  let publishedMessages = 0;
  let failures = 0;
  events.on('listening', () => {
    status = 'ok';
    state = 'listening';
  });
  events.on('connection:lost', () => (state = 'reconnecting'));
  events.on('settled', ({ count }) => (publishedMessages += count));
  events.on('channel:failed', () => (failures += 1));
  return () => ({ status, state, publishedMessages, failures });
}

function remember<Value>(compute: () => Promise<Value>, maxAge: number): () => Promise<Value> {
  let value: Promise<Value> | undefined;
  let computedAt = 0;
  return () => {
    const now = performance.now();
    if (!value || now - computedAt > maxAge) {
      value = compute();
      computedAt = now;
    }
    return value;
  };
}
