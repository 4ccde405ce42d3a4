import { pino, type Logger } from 'pino';
import type { Config } from '../config/config.ts';
import type { ConnectorEvents } from '../events.ts';

export type { Logger };

/** JSON lines on stdout. Fields are picked by hand at each line, so neither secrets nor message text can slip in. */
export function createLogger(level: Config['logLevel']): Logger {
  return pino({ name: 'connector', level });
}

export function logEvents(events: ConnectorEvents, logger: Logger): void {
  events.on('start:failed', ({ error, ...rest }) => {
    logger.warn({ ...rest, reason: error.message }, 'the database is not ready yet; trying again');
  });
  events.on('reconciled', (report) =>
    logger.info(report, 'control table and triggers match the configuration'),
  );
  events.on('listening', ({ node }) => logger.info({ node }, 'listening'));
  events.on('connection:lost', ({ error, ...rest }) => {
    logger.warn({ ...rest, reason: error.message }, 'lost the database; connecting again');
  });
  events.on('claimed', (claim) => logger.debug(claim, 'claimed'));
  events.on('published', (publish) => logger.debug(publish, 'published'));
  events.on('refused', (refusal) =>
    logger.error(refusal, 'Ably will never accept this message; it goes to outbox_set_aside'),
  );
  events.on('settled', (settled) => logger.debug(settled, 'settled'));
  events.on('channel:failed', ({ error, ...rest }) => {
    logger.warn({ ...rest, reason: error.message }, 'a channel is stuck; trying again');
  });
  events.on('settle:failed', ({ error, ...rest }) => {
    logger.warn({ ...rest, reason: error.message }, 'could not remove what is published; trying again');
  });
  events.on('setup:checked', ({ differences }) => {
    if (differences.length > 0) {
      logger.warn({ differences }, 'the database is not as configured any more; restart the connector');
    }
  });
  events.on('scan:failed', ({ error, ...rest }) => {
    logger.warn({ ...rest, reason: error.message }, 'could not look into the outbox; trying again');
  });
  events.on('drain:failed', (drain) => {
    logger.warn(
      drain,
      'stopped with publishes in flight; whoever runs next publishes them under the same ids',
    );
  });
  events.on('leave:failed', ({ error }) => {
    logger.warn({ reason: error.message }, 'could not give up the lease; it runs out by itself');
  });
  events.on('health:failed', ({ path, error }) => {
    logger.warn({ path, reason: error.message }, 'could not answer at the health port');
  });
  events.on('pool:error', ({ error }) => logger.info({ reason: error.message }, 'a pooled connection broke'));
}
