import { findApp, findKey, hasCapability, isAsWished, ourRules } from '../ably/ensure.ts';
import { appName, authKey, connectorKey, ingestRule } from '../ably/wishes.ts';
import { METRICS } from '../functions/metrics.ts';
import { ABLY_AWS_ACCOUNT, OUTPUTS, stackName } from '../names.ts';
import { findSite, siteUrl } from '../netlify/ensure.ts';
import type { World } from '../deploy/world.ts';
import { examine, ok, warning, wrong, type Examination } from './diagnosis.ts';
import { siteExaminations } from './site.ts';

type Outputs = Readonly<Record<string, string>>;

/**
 * Looks at a deployed system, part by part, and changes nothing.
 * @param ablyTime where Ably says what time it is, when not at its own address
 * @returns true when nothing is wrong
 */
export async function doctor(world: World, ablyTime?: string): Promise<boolean> {
  const { ably, aws, netlify, settings, say } = world;
  const { account } = await ably.me();
  const app = await findApp(ably, account.id, appName(settings.STAGE));
  const stack = await aws.stack(stackName(settings.STAGE));
  const site = await findSite(netlify, settings.SITE_NAME);
  if (!app || !stack || !site) {
    const missing = [!app && 'the Ably app', !stack && 'the stack on AWS', !site && 'the site at Netlify'];
    say(`  wrong   Deployment: ${missing.filter(Boolean).join(' and ')} cannot be found`);
    say('          → npm run deploy');
    return false;
  }
  return examine(
    [
      ...ablyExaminations(world, app.id, stack.outputs),
      ...awsExaminations(world, `${account.id}.${app.id}`, stack.outputs),
      ...siteExaminations({ site: siteUrl(site), settings, ...(ablyTime && { ablyTime }) }),
    ],
    say,
  );
}

function ablyExaminations({ ably, settings }: World, appId: string, outputs: Outputs): Examination[] {
  return [
    {
      name: 'Ably rule',
      async look() {
        const wish = ingestRule(settings, {
          region: settings.AWS_REGION,
          roleArn: outputs[OUTPUTS.ablyRole] ?? '',
          functionName: outputs[OUTPUTS.writerFunction] ?? '',
          streamName: settings.INGEST === 'kinesis' ? outputs[OUTPUTS.ingestStream] : undefined,
        });
        const [rule, ...others] = ourRules(await ably.rules(appId), wish);
        if (!rule) return wrong('there is none, so nothing reaches the database', 'npm run deploy');
        if (rule.status !== 'enabled')
          return wrong(`it is ${rule.status}`, 'npm run deploy turns it on again.');
        if (!isAsWished(rule, wish)) return wrong('its target, filter or role is another', 'npm run deploy');
        if (others.length > 0)
          return warning(`${others.length + 1} do the same`, 'npm run deploy removes the others.');
        return ok(`enabled, ${rule.ruleType}`);
      },
    },
    {
      name: 'Ably keys',
      async look() {
        const keys = await ably.keys(appId);
        const wishes = [authKey(settings), connectorKey(settings)];
        const bad = wishes.filter((wish) => {
          const key = findKey(keys, wish);
          return !key || !hasCapability(key, wish);
        });
        const names = bad.map(({ name }) => `"${name}"`).join(' and ');
        return bad.length === 0
          ? ok('each may do what it must')
          : wrong(`${names}: missing, or other rights`, 'npm run deploy');
      },
    },
  ];
}

function awsExaminations({ aws, settings }: World, externalId: string, outputs: Outputs): Examination[] {
  const output = (name: keyof typeof OUTPUTS): string => outputs[OUTPUTS[name]] ?? '';
  return [
    {
      name: 'Role of Ably',
      async look() {
        const trust = await aws.roleTrust(output('ablyRole'));
        if (trust === undefined) return wrong('it is gone', 'npm run deploy');
        const isAblys = trust.includes(`:${ABLY_AWS_ACCOUNT}:`) && trust.includes(`"${externalId}"`);
        return isAblys
          ? ok(`trusts Ably, for ${externalId} alone`)
          : wrong(`it does not trust ${externalId}`, 'npm run deploy');
      },
    },
    {
      name: 'chat-writer',
      async look() {
        const state = await aws.functionState(output('writerFunction'));
        if (state === undefined) return wrong('it is gone', 'npm run deploy');
        return state === 'Active' || state === 'Inactive'
          ? ok(state)
          : warning(state, 'It is being changed; look again.');
      },
    },
    {
      name: 'Dead letters',
      async look() {
        const { count, reasons } = await aws.peekDeadLetters(output('deadLetters'));
        if (count === 0) return ok('none');
        const last = reasons.toSorted().slice(-3).join(' | ');
        return warning(`${count}; of the last: ${last}`, 'See DeadLetters in docs/runbook.md.');
      },
    },
    {
      name: 'Connector lag',
      async look() {
        const { namespace, waitingRows: metric, stage } = METRICS;
        const rows = await aws.latestMetric({
          namespace,
          metric,
          dimension: { name: stage, value: settings.STAGE },
        });
        if (rows === undefined)
          return wrong('nobody has counted for ten minutes', 'See ConnectorLag in docs/runbook.md.');
        return rows === 0
          ? ok('no row change waits')
          : wrong(`${rows} row changes wait`, 'See ConnectorLag in docs/runbook.md.');
      },
    },
    {
      name: 'Connector tasks',
      async look() {
        if (settings.CONNECTOR === 'none') return ok('none of ours: Ably’s hosted rule does their work');
        const { running, desired } = await aws.serviceState(output('cluster'), output('service'));
        const words = `${running} of ${desired} run`;
        if (running === 0) return wrong(words, 'See the service’s events and log in the ECS console.');
        return running < desired ? warning(words, 'Look again in a minute.') : ok(words);
      },
    },
  ];
}
