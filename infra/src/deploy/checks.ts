import { findApp } from '../ably/ensure.ts';
import { appName } from '../ably/wishes.ts';
import { stackName } from '../names.ts';
import { findSite, findTeam } from '../netlify/ensure.ts';
import { permissions } from './permissions.ts';
import type { Facts, World } from './world.ts';

/** Something that must hold before anything is changed. */
interface Check {
  readonly name: string;
  /** @returns what was found @throws Error saying what is wrong and what to do */
  run(): Promise<string>;
}

const ABLY_CAPABILITIES = ['read:app', 'write:app', 'read:key', 'write:key', 'read:rule', 'write:rule'];

/** Older ones build every stage of a Dockerfile, also those that the image is not made of. */
const OLDEST_DOCKER = 23;

/** AWS keeps so many executions for functions that reserve none. */
const UNRESERVABLE = 100;
/** chat-history's. */
const ALSO_RESERVED = 10;

/** Tools, credentials, permissions, limits and names; each is looked at, also when another has failed. */
export function preflight(
  { settings, ably, netlify, aws, programs, statusOf }: World,
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
            'The connector’s image is built by Docker, which does not answer: install and start it.',
          );
        }
        if (Number.parseInt(output, 10) >= OLDEST_DOCKER) return output.trim();
        throw new Error(`Docker ${output.trim()} is too old: ${OLDEST_DOCKER} or newer is needed.`);
      },
    },
    {
      name: 'AWS credentials',
      async run() {
        const { account, arn } = await aws.identity();
        facts.awsAccount = account;
        const denied = await aws.deniedActions(arn, permissions({ account, arn }, settings));
        if (denied === undefined) return `account ${account}, ${arn}; its permissions cannot be looked at`;
        if (denied.length === 0) return `account ${account}, ${arn}`;
        throw new Error(`${arn} may not do ${denied.join(', ')}: allow it, or use another profile.`);
      },
    },
    {
      name: 'AWS limits',
      async run() {
        const state = await aws.stack(stackName(settings.STAGE));
        if (state) return usable(stackName(settings.STAGE), state.status);
        const free = await aws.unreservedConcurrency();
        const wanted = settings.WRITER_CONCURRENCY + ALSO_RESERVED;
        if (free - wanted >= UNRESERVABLE) return `${free} executions free, ${wanted} wanted`;
        throw new Error(
          `The account has ${free} free executions of Lambda; ${wanted} shall be reserved and ${UNRESERVABLE} must remain. ` +
            'Ask for more in Service Quotas ("Concurrent executions", free of charge), or lower WRITER_CONCURRENCY.',
        );
      },
    },
    {
      name: 'Ably token',
      async run() {
        const { account, token } = await ably.me();
        facts.ablyAccount = account.id;
        const missing = ABLY_CAPABILITIES.filter((one) => !token.capabilities.includes(one));
        if (missing.length > 0)
          throw new Error(`The token of Ably lacks ${missing.join(', ')}: make one that has them.`);
        await findApp(ably, account.id, appName(settings.STAGE)); // two of the same name are a problem
        return `account ${account.name}`;
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
      name: 'Name of the site',
      async run() {
        const address = `https://${settings.SITE_NAME}.netlify.app`;
        if (await findSite(netlify, settings.SITE_NAME)) return `${address} is yours`;
        // Where there is no site, Netlify says so.
        if ((await statusOf(address)) === 404) return `${address} is free`;
        throw new Error(`${address} belongs to somebody else: set SITE_NAME to another name.`);
      },
    },
  ];
}

/** @throws Error for a stack in a state that a deployment cannot change */
function usable(name: string, status: string): string {
  if (/_IN_PROGRESS$/.test(status))
    throw new Error(`${name} is being changed (${status}): wait until it has ended.`);
  if (status === 'ROLLBACK_COMPLETE' || status === 'ROLLBACK_FAILED' || status === 'DELETE_FAILED') {
    throw new Error(`${name} could not be made before (${status}): npm run destroy, then deploy again.`);
  }
  if (status === 'UPDATE_ROLLBACK_FAILED') {
    throw new Error(
      `${name} could not go back to what it was (${status}): aws cloudformation continue-update-rollback --stack-name ${name}`,
    );
  }
  return `${name} is ${status}`;
}

/**
 * Runs all checks, telling each.
 * @throws Error with every problem
 */
export async function ensureReady(world: World, facts: Facts): Promise<void> {
  const problems: string[] = [];
  for (const { name, run } of preflight(world, facts)) {
    try {
      world.say(`  ok    ${name}: ${await run()}`);
    } catch (error) {
      const words = error instanceof Error ? error.message : String(error);
      world.say(`  wrong ${name}: ${words}`);
      problems.push(name);
    }
  }
  if (problems.length > 0)
    throw new Error(`Nothing was changed. To be put right first: ${problems.join(', ')}.`);
}
