import { pino, type Logger } from 'pino';
import type { Config } from '../config/config.ts';
import type { ConnectorEvents } from '../events.ts';
import { NOT_READY } from './not-ready.ts';

export type { Logger };

/**
 * JSON lines on stdout. Every line names its fields, so that neither secrets nor message texts slip
 * in.
 */
export function createLogger(level: Config['logLevel']): Logger {
  return pino({ name: 'connector', level });
}

export function logEvents(events: ConnectorEvents, logger: Logger): void {
  events.on('start:failed', ({ error, ...rest }) => {
    logger.warn({ ...rest, reason: error.message }, NOT_READY.starting);
  });
  events.on('reconciled', (report) =>
    logger.info(report, 'control table and triggers match the configuration'),
  );
  events.on('listening', ({ node }) => logger.info({ node }, 'listening'));
  events.on('connection:lost', ({ error, ...rest }) => {
    logger.warn({ ...rest, reason: error.message }, 'lost the database connection; reconnecting');
  });
  events.on('claimed', (claim) => logger.debug(claim, 'claimed'));
  events.on('published', (publish) => logger.debug(publish, 'published'));
  events.on('rejected', (rejection) =>
    logger.error(rejection, 'a message can never be published; setting it aside in outbox_set_aside'),
  );
  events.on('set-aside:failed', ({ channel, error }) =>
    logger.warn(
      { channel, reason: error.message },
      'could not set aside a row that cannot be read; retrying',
    ),
  );
  events.on('settled', (settled) => logger.debug(settled, 'settled'));
  events.on('channel:failed', ({ error, ...rest }) => {
    logger.warn({ ...rest, reason: error.message }, 'could not publish to a channel; retrying');
  });
  events.on('limited', (limited) => {
    logger.warn(limited, 'Ably limits the rate; publishing more slowly');
  });
  events.on('survey:failed', ({ channel, error }) => {
    logger.warn({ channel, reason: error.message }, 'could not look for rows that may overtake others');
  });
  events.on('settle:failed', ({ error, ...rest }) => {
    logger.warn({ ...rest, reason: error.message }, 'could not remove published rows; retrying');
  });
  events.on('setup:checked', ({ differences }) => {
    if (differences.length > 0) {
      logger.warn({ differences }, 'the database no longer matches the configuration; restart the connector');
    }
  });
  events.on('poll:failed', ({ error, ...rest }) => {
    logger.warn({ ...rest, reason: error.message }, 'could not poll the outbox; retrying');
  });
  events.on('readiness', ({ reasons }) => {
    if (reasons.length > 0) logger.warn({ reasons }, NOT_READY.running);
    else logger.info('row changes go out again');
  });
  events.on('drain:failed', (drain) => {
    logger.warn(
      drain,
      'stopped with publishes in flight; the next connector repeats them, with the same ids',
    );
  });
  events.on('leave:failed', ({ error }) => {
    logger.warn({ reason: error.message }, 'could not give up the lease; it will expire');
  });
  events.on('health:failed', ({ path, error }) => {
    logger.warn({ path, reason: error.message }, 'could not answer a request at the health port');
  });
  events.on('pool:error', ({ error }) => logger.info({ reason: error.message }, 'a pooled connection broke'));
}
