import { appName } from '../ably/desired-state.ts';
import { findApp } from '../ably/ensure.ts';
import type { Clouds } from '../deploy/clouds.ts';
import { stackName } from '../names.ts';
import { findSite, siteUrl } from '../netlify/ensure.ts';
import { ablyChecks, tokenCheck } from './ably-checks.ts';
import { awsChecks } from './aws-checks.ts';
import { runHealthChecks } from './health-check.ts';
import { siteChecks } from './site-checks.ts';

/**
 * Checks every part of a deployed system and changes nothing.
 * @param ablyTime address of Ably's time; by default Ably's own
 * @returns true when nothing is wrong
 */
export async function doctor(clouds: Clouds, ablyTime?: string): Promise<boolean> {
  const { ably, aws, netlify, settings, print } = clouds;
  const me = await ably.me();
  const { account } = me;
  const app = await findApp(ably, account.id, appName(settings.STAGE));
  const stack = await aws.stack(stackName(settings.STAGE));
  const site = await findSite(netlify, settings.SITE_NAME);
  if (!app || !stack || !site) {
    const missing = [!app && 'the Ably app', !stack && 'the AWS stack', !site && 'the Netlify site'];
    print(`  wrong   Deployment: ${missing.filter(Boolean).join(' and ')} cannot be found`);
    print('          → Run npm run deploy.');
    return false;
  }
  return runHealthChecks(
    [
      tokenCheck(me),
      ...ablyChecks(clouds, app.id, stack.outputs),
      ...awsChecks(clouds, `${account.id}.${app.id}`, stack.outputs),
      ...siteChecks({ site: siteUrl(site), settings, ...(ablyTime && { ablyTime }) }),
    ],
    print,
  );
}
