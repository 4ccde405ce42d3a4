import { deleteIfExists, findApp } from '../ably/ensure.ts';
import { appName } from '../ably/desired-state.ts';
import { bootstrapStackName, connectorKeySecretName, OUTPUTS, stackName } from '../names.ts';
import { findSite } from '../netlify/ensure.ts';
import type { Clouds } from './clouds.ts';
import type { Facts } from './step.ts';
import { cdkEnvironment } from './steps/aws.ts';

/** What exists of this stage. */
interface Existing {
  readonly facts: Facts;
  readonly siteId: string | undefined;
  readonly stackExists: boolean;
  readonly databaseId: string | undefined;
}

/**
 * Removes everything that `deploy` creates: the site first, so that no visitor sees a half-removed
 * chat, and the data after it. Can be interrupted and run again.
 * @param options `confirmed`: the name of the stage, which replaces the prompt
 * @returns false when the person did not confirm
 */
export async function destroy(
  clouds: Clouds,
  options: { confirmed?: string | undefined } = {},
): Promise<boolean> {
  const { settings, print, prompt } = clouds;
  const existing = await findExisting(clouds);
  const removals = describeRemovals(clouds, existing);
  if (removals.length === 0) {
    print(`Nothing to remove: the stage ${settings.STAGE} does not exist.`);
    return true;
  }
  print(`This removes, with all messages:\n${removals.map((line) => `  - ${line}`).join('\n')}`);
  const answer =
    options.confirmed ?? (await prompt(`Type the name of the stage (${settings.STAGE}) to confirm: `));
  if (answer !== settings.STAGE) {
    print('Nothing was removed.');
    return false;
  }
  await remove(clouds, existing);
  await listLeftovers(clouds, existing);
  return true;
}

async function findExisting({ ably, netlify, aws, settings }: Clouds): Promise<Existing> {
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

function describeRemovals({ settings }: Clouds, { facts, siteId, stackExists }: Existing): string[] {
  return [
    siteId && `the Netlify site ${settings.SITE_NAME}`,
    stackExists && `the AWS stack ${stackName(settings.STAGE)} in ${settings.AWS_REGION}, with the database`,
    facts.app && `the Ably app ${facts.app.name}, with its keys and its rule`,
  ].filter((line) => typeof line === 'string');
}

async function remove(
  { ably, netlify, aws, programs, settings, print }: Clouds,
  { facts, siteId, stackExists, databaseId }: Existing,
): Promise<void> {
  if (siteId) {
    await deleteIfExists(() => netlify.deleteSite(siteId));
    print('Removed the Netlify site.');
  }
  if (stackExists) {
    if (settings.STAGE !== 'dev') {
      await aws.setTerminationProtection(stackName(settings.STAGE), false);
      if (databaseId) await aws.setDeletionProtection(databaseId, settings.DATABASE === 'aurora', false);
    }
    const { code } = await programs.cdk(['destroy', '--force'], cdkEnvironment(facts, settings));
    if (code !== 0) {
      throw new Error(
        `cdk destroy failed with code ${code}; its output is above. Run npm run destroy again to resume.`,
      );
    }
    print('Removed the AWS stack.');
  }
  await aws.deleteSecret(connectorKeySecretName(settings.STAGE));
  const { app } = facts;
  if (app) {
    await deleteIfExists(() => ably.deleteApp(app.id));
    print('Removed the Ably app.');
  }
}

/** What AWS keeps although the stack is gone. Without a database there was no complete stack. */
async function listLeftovers({ aws, settings, print }: Clouds, { databaseId }: Existing): Promise<void> {
  const snapshots = databaseId ? await aws.snapshots(databaseId, settings.DATABASE === 'aurora') : [];
  print('Not removed; delete it yourself when you no longer need it:');
  for (const id of snapshots) print(`  - snapshot ${id}, with all messages (what it costs: docs/costs.md)`);
  if (snapshots.length === 0)
    print('  - a final snapshot of the database, if the database was ever complete (RDS console, Snapshots)');
  if (databaseId && settings.DATABASE === 'instance') {
    print(
      `  - automated backups of the database, which AWS deletes within ${settings.BACKUP_DAYS} days (RDS console, Automated backups, Retained)`,
    );
  }
  const stack = stackName(settings.STAGE);
  print(
    `  - log groups that AWS creates itself (CloudWatch console, /aws/lambda/${stack} and /aws/ecs/containerinsights/${stack})`,
  );
  if (settings.CONNECTOR === 'fargate')
    print(
      '  - the logs of CodeBuild, if it built the connector’s image (CloudWatch console, /aws/codebuild)',
    );
  if (settings.ALARM_EMAIL) print('  - the key of the alarms’ topic, which AWS deletes within 7 days');
  print(
    `  - the stack ${bootstrapStackName(settings.CDK_QUALIFIER)}, which other CDK projects share, with zips in its bucket and the connector’s images in its registry (delete unused ones with npx cdk gc --unstable=gc)`,
  );
}
