import { deleteIfThere, findApp } from '../ably/ensure.ts';
import { appName } from '../ably/wishes.ts';
import { connectorKeySecretName, OUTPUTS, stackName } from '../names.ts';
import { findSite } from '../netlify/ensure.ts';
import { environment } from './steps/aws.ts';
import type { Facts, World } from './world.ts';

/** What is there to be removed, found by looking. */
interface Remains {
  readonly facts: Facts;
  readonly siteId: string | undefined;
  readonly stackExists: boolean;
  readonly databaseId: string | undefined;
}

/**
 * Removes everything that `deploy` makes, in the order in which nobody notices an error: people first, data last. May be
 * interrupted and run again.
 * @param options `confirmed`: the name of the stage, in place of asking for it
 * @returns false when the person did not agree
 */
export async function destroy(
  world: World,
  options: { confirmed?: string | undefined } = {},
): Promise<boolean> {
  const { settings, say, ask } = world;
  const remains = await look(world);
  const removals = describe(world, remains);
  if (removals.length === 0) {
    say(`Nothing of the stage ${settings.STAGE} is there.`);
    return true;
  }
  say(`This removes, with all messages:\n${removals.map((line) => `  - ${line}`).join('\n')}`);
  const answer =
    options.confirmed ?? (await ask(`Type the name of the stage (${settings.STAGE}) to go on: `));
  if (answer !== settings.STAGE) {
    say('Nothing was removed.');
    return false;
  }
  await remove(world, remains);
  await tellWhatIsLeft(world, remains);
  return true;
}

async function look({ ably, netlify, aws, settings }: World): Promise<Remains> {
  const ablyAccount = (await ably.me()).account.id;
  const app = await findApp(ably, ablyAccount, appName(settings.STAGE));
  const stack = await aws.stack(stackName(settings.STAGE));
  return {
    facts: { ablyAccount, ...(app && { app }) },
    siteId: (await findSite(netlify, settings.SITE_NAME))?.id,
    stackExists: stack !== undefined,
    databaseId: stack?.outputs[OUTPUTS.database],
  };
}

function describe({ settings }: World, { facts, siteId, stackExists }: Remains): string[] {
  return [
    siteId && `the site ${settings.SITE_NAME} at Netlify`,
    stackExists && `the stack ${stackName(settings.STAGE)} in ${settings.AWS_REGION}, with the database`,
    facts.app && `the app ${facts.app.name} at Ably, with its keys and its rule`,
  ].filter((line) => typeof line === 'string');
}

async function remove(
  { ably, netlify, aws, programs, settings, say }: World,
  remains: Remains,
): Promise<void> {
  const { facts, siteId, stackExists, databaseId } = remains;
  if (siteId) {
    await deleteIfThere(() => netlify.deleteSite(siteId));
    say('The site is gone.');
  }
  if (stackExists) {
    if (settings.STAGE !== 'dev') {
      await aws.setTerminationProtection(stackName(settings.STAGE), false);
      if (databaseId) await aws.setDeletionProtection(databaseId, settings.DATABASE === 'aurora', false);
    }
    const { code } = await programs.cdk(['destroy', '--force'], environment(facts, settings));
    if (code !== 0) {
      throw new Error(
        `cdk destroy ended with code ${code}: its words are above. Run npm run destroy again; what is gone stays gone.`,
      );
    }
    say('The stack is gone.');
  }
  await aws.deleteSecret(connectorKeySecretName(settings.STAGE));
  const { app } = facts;
  if (app) {
    await deleteIfThere(() => ably.deleteApp(app.id));
    say('The Ably app is gone.');
  }
}

async function tellWhatIsLeft({ aws, settings, say }: World, { databaseId }: Remains): Promise<void> {
  const snapshots = databaseId ? await aws.snapshots(databaseId, settings.DATABASE === 'aurora') : [];
  say('Left, and yours to delete:');
  for (const id of snapshots)
    say(`  - snapshot ${id}, with all messages (costs some 0.02 $ per GB and month)`);
  if (snapshots.length === 0)
    say(`  - a snapshot of the database, if it was old enough to be taken (RDS console, Snapshots)`);
  if (databaseId && settings.DATABASE === 'instance') {
    say(
      `  - automated backups of the database, which AWS deletes by itself within ${settings.BACKUP_DAYS} days (RDS console, Automated backups, Retained)`,
    );
  }
  say('  - the stack CDKToolkit with its bucket and registry, which other CDK projects share');
}
