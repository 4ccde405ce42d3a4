import { ensureCapabilities, expiryOf, ROTATE_TOKEN } from '../ably/access-token.ts';
import { findApp } from '../ably/ensure.ts';
import { appName } from '../ably/desired-state.ts';
import { stackName } from '../names.ts';
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

/** AWS keeps this many executions for functions without reserved concurrency. */
const UNRESERVABLE = 100;
const HISTORY_CONCURRENCY = 10;

function preflightChecks(
  { settings, ably, netlify, aws, programs, statusOf }: Clouds,
  facts: Facts,
): Check[] {
  return [
    {
      name: 'Docker',
      async run() {
        if (settings.CONNECTOR === 'none') return 'not needed, CONNECTOR=none';
        const { code, output } = await programs.docker(['version', '--format', '{{.Server.Version}}']);
        if (code !== 0) {
          throw new Error(
            'Docker does not respond, and it builds the connector’s image: install and start it.',
          );
        }
        if (Number.parseInt(output, 10) >= OLDEST_DOCKER) return output.trim();
        throw new Error(`Docker ${output.trim()} is too old: install ${OLDEST_DOCKER} or newer.`);
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
        if (stack) return ensureUpdatable(name, stack.status);
        const free = await aws.unreservedConcurrency();
        const reserved = settings.WRITER_CONCURRENCY + HISTORY_CONCURRENCY;
        if (free - reserved >= UNRESERVABLE) return `${free} executions free, ${reserved} to be reserved`;
        throw new Error(
          `The account has ${free} unreserved Lambda executions; the stack reserves ${reserved}, and AWS requires ${UNRESERVABLE} to remain. ` +
            'Raise "Concurrent executions" in Service Quotas (free of charge), or lower WRITER_CONCURRENCY.',
        );
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
