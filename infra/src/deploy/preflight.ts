import { ensureCapabilities, expiryOf, ROTATE_TOKEN } from '../ably/access-token.ts';
import { findApp } from '../ably/ensure.ts';
import { appName } from '../ably/desired-state.ts';
import { countReserved } from '../concurrency.ts';
import { findDestructiveChange } from '../destructive-changes.ts';
import { OUTPUTS, stackName } from '../names.ts';
import { findSite, findTeam } from '../netlify/ensure.ts';
import type { Clouds } from './clouds.ts';
import { permissionsOf, toSample } from './permissions.ts';
import type { Facts } from './step.ts';

/** A condition that must hold before the deployment changes anything. */
interface Check {
  readonly name: string;
  /**
   * @returns what was found, or a warning with its remedy
   * @throws Error with the problem and its remedy
   */
  run(): Promise<string | { readonly warning: string }>;
}

/**
 * Docker before 23 has no BuildKit by default and builds every stage of a Dockerfile, also unused
 * ones.
 */
const OLDEST_DOCKER = 23;

/**
 * AWS keeps this many executions for functions without reserved concurrency:
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
 */
const UNRESERVABLE = 100;

function preflightChecks(
  { settings, ably, netlify, aws, programs, statusOf }: Clouds,
  facts: Facts,
): Check[] {
  return [
    {
      name: 'Docker',
      async run() {
        if (settings.CONNECTOR === 'none') return 'not needed, CONNECTOR=none';
        if (settings.CONNECTOR_IMAGE === 'codebuild') return 'not needed, CONNECTOR_IMAGE=codebuild';
        const { version, problem } = await findDocker(programs);
        facts.connectorImage = problem === undefined ? 'docker' : 'codebuild';
        if (problem === undefined) return `${version}, builds the connector’s image`;
        if (settings.CONNECTOR_IMAGE === undefined)
          return `${problem}, so AWS CodeBuild builds the connector’s image`;
        throw new Error(`${problem}: install Docker ${OLDEST_DOCKER}, or unset CONNECTOR_IMAGE.`);
      },
    },
    {
      name: 'AWS credentials',
      async run() {
        const { account, arn } = await aws.identity();
        facts.awsAccount = account;
        const denied = await aws.deniedActions(
          arn,
          permissionsOf('deploy', { account, arn }, settings).map(toSample),
        );
        if (denied === undefined) {
          return `account ${account}, ${arn}; its permissions are unknown (iam:SimulatePrincipalPolicy is denied)`;
        }
        if (denied.length === 0) return `account ${account}, ${arn}`;
        throw new Error(`${arn} lacks ${denied.join(', ')}: add these permissions or use another profile.`);
      },
    },
    {
      name: 'AWS limits',
      async run() {
        const name = stackName(settings.STAGE);
        const stack = await aws.stack(name);
        const status = stack ? ensureUpdatable(name, stack.status) : `${name} does not exist yet`;
        return `${status}; ${ensureReservable(settings, await aws.unreservedConcurrency(), stack)}`;
      },
    },
    {
      name: 'Changed settings',
      async run() {
        const stack = await aws.stack(stackName(settings.STAGE));
        const problem = stack && findDestructiveChange(stack.outputs, settings);
        if (problem !== undefined) throw new Error(problem);
        return 'no data would be lost';
      },
    },
    {
      name: 'Ably token',
      async run() {
        const me = await ably.me();
        facts.ablyAccount = me.account.id;
        const { state, summary } = expiryOf(me);
        if (state === 'expired') throw new Error(`The Ably access token ${summary}. ${ROTATE_TOKEN}`);
        ensureCapabilities(me);
        // Throws when two apps share the name.
        await findApp(ably, me.account.id, appName(settings.STAGE));
        const found = `account ${me.account.name}, ${summary}`;
        return state === 'expiring' ? { warning: `${found}. ${ROTATE_TOKEN}` } : found;
      },
    },
    {
      name: 'Netlify token',
      async run() {
        facts.team = await findTeam(netlify, settings.NETLIFY_TEAM);
        return `team ${facts.team.slug}`;
      },
    },
    {
      name: 'Site name',
      async run() {
        const address = `https://${settings.SITE_NAME}.netlify.app`;
        if (await findSite(netlify, settings.SITE_NAME)) return `${address} is yours`;
        // Netlify answers 404 for a name without a site.
        if ((await statusOf(address)) === 404) return `${address} is free`;
        throw new Error(`${address} belongs to another Netlify customer: set SITE_NAME to another name.`);
      },
    },
  ];
}

async function findDocker({ docker }: Clouds['programs']): Promise<{ version: string; problem?: string }> {
  const { code, output } = await docker(['version', '--format', '{{.Server.Version}}']);
  const version = output.trim();
  if (code !== 0) return { version, problem: 'Docker does not respond' };
  if (Number.parseInt(version, 10) >= OLDEST_DOCKER) return { version };
  return { version, problem: `Docker ${version} is older than ${OLDEST_DOCKER}` };
}

/** @throws Error for a stack in a state that a deployment cannot change */
function ensureUpdatable(name: string, status: string): string {
  if (/_IN_PROGRESS$/.test(status))
    throw new Error(`${name} is being changed (${status}): wait until that has finished.`);
  if (status === 'ROLLBACK_COMPLETE' || status === 'ROLLBACK_FAILED' || status === 'DELETE_FAILED') {
    throw new Error(`${name} is unusable (${status}): run npm run destroy, then deploy again.`);
  }
  if (status === 'UPDATE_ROLLBACK_FAILED') {
    throw new Error(
      `The rollback of ${name} failed (${status}): run aws cloudformation continue-update-rollback --stack-name ${name}`,
    );
  }
  return `${name} is ${status}`;
}

/**
 * @param free executions of the account that no function has reserved, also none of this stack
 * @throws Error when AWS would reject what the stack reserves beyond what it has reserved already
 */
function ensureReservable(
  settings: Clouds['settings'],
  free: number,
  stack: { outputs: Readonly<Record<string, string>> } | undefined,
): string {
  const reserved = countReserved(settings);
  const before = stack ? Number(stack.outputs[OUTPUTS.reservedExecutions] ?? reserved) : 0;
  const missing = reserved - before - (free - UNRESERVABLE);
  if (reserved <= before || missing <= 0) return `reserves ${reserved} Lambda executions, ${free} are free`;
  const possible = settings.WRITER_CONCURRENCY - missing;
  throw new Error(
    `The account has ${free} unreserved Lambda executions; the stack reserves ${reserved - before} more, and AWS requires ${UNRESERVABLE} to remain. ` +
      'Set RESERVE_CONCURRENCY=false, so that the functions share the executions of the account; ' +
      (possible > 0 ? `or set WRITER_CONCURRENCY to at most ${possible}; ` : '') +
      'or raise "Concurrent executions" in Service Quotas.',
  );
}

/**
 * Runs all checks, also after one has failed, and prints each result.
 * @throws Error naming every check that failed
 */
export async function runPreflight(clouds: Clouds, facts: Facts): Promise<void> {
  const failed: string[] = [];
  for (const { name, run } of preflightChecks(clouds, facts)) {
    try {
      const found = await run();
      clouds.print(
        typeof found === 'string' ? `  ok    ${name}: ${found}` : `  warn  ${name}: ${found.warning}`,
      );
    } catch (error) {
      clouds.print(`  wrong ${name}: ${error instanceof Error ? error.message : String(error)}`);
      failed.push(name);
    }
  }
  if (failed.length > 0) throw new Error(`Nothing was changed. Fix these first: ${failed.join(', ')}.`);
}
