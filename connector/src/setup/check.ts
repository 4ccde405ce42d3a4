import { hostAndPort } from '@chat/contract';
import type { Config } from '../config/config.ts';
import { openDatabase, type Database } from '../database.ts';
import { PoolerInTheWay, toError } from '../errors.ts';
import { defaultOptions } from '../options.ts';
import { createAblyPublisher } from '../publishing/publisher.ts';
import { proveClaim } from './prove.ts';
import { findDifferences } from './reconcile.ts';
import { ensureOwnSession } from './session.ts';

/** The findings of `--check`, which changes nothing. */
export interface CheckReport {
  /** One line each, in the order of checking. */
  readonly fine: readonly string[];
  /** What a start would change. */
  readonly changes: readonly string[];
  readonly problems: readonly string[];
}

/**
 * Checks everything that a start needs: the database, its migrations, tables and rights, Ably and
 * the key.
 */
export async function check(config: Config): Promise<CheckReport> {
  const [database, ably] = await Promise.all([checkDatabase(config), checkAbly(config)]);
  return {
    fine: [...database.fine, ...ably.fine],
    changes: [...database.changes, ...ably.changes],
    problems: [...database.problems, ...ably.problems],
  };
}

const nothing: CheckReport = { fine: [], changes: [], problems: [] };

async function checkDatabase({ dbConfig, connector: routes }: Config): Promise<CheckReport> {
  const name = `the database ${hostAndPort(dbConfig.host, dbConfig.port)}/${dbConfig.database}`;
  const database = openDatabase(dbConfig, () => undefined);
  try {
    await ensureOwnSession(database, dbConfig);
    const version = await readVersion(database);
    const { families, changes, problems } = await findDifferences(database, routes);
    const fine = [`${name} answers: PostgreSQL ${version}`, ...families];
    if (problems.length > 0) return { fine, changes, problems };
    fine.push(`role ${dbConfig.user} has every right that it needs`);
    const isClaimed = await proveClaim(database);
    if (isClaimed === true) fine.push('a claim finds what is inserted into the outbox');
    return { fine, changes, problems: isClaimed === false ? [NOT_CLAIMED] : [] };
  } catch (error) {
    const { message } = toError(error);
    const problem = error instanceof PoolerInTheWay ? message : `${name} does not answer: ${message}`;
    return { ...nothing, problems: [problem] };
  } finally {
    await database.close();
  }
}

const NOT_CLAIMED =
  'a row inserted into the outbox is not found by a claim: a trigger or a rule on the table outbox, or a ' +
  'replaced function outbox_claim_channel, prevents it';

async function readVersion(database: Database): Promise<string> {
  const [row] = await database.query<{ server_version: string }>('show server_version');
  return row?.server_version ?? 'of unknown version';
}

async function checkAbly({ ably, connector: routes }: Config): Promise<CheckReport> {
  const channels = [...new Set(routes.map(({ ablychannelname }) => ablychannelname))];
  try {
    const forbidden = await createAblyPublisher(ably, defaultOptions.publishTimeout).findForbidden(channels);
    const problems = forbidden.map((channel) => `the Ably key may not publish to ${channel}`);
    return { ...nothing, fine: ['Ably answers and accepts the key'], problems };
  } catch (error) {
    return {
      ...nothing,
      problems: [`Ably does not answer or rejects the key: ${toError(error).message}`],
    };
  }
}
