import type { Clouds } from '../deploy/clouds.ts';
import { METRICS } from '../functions/metrics.ts';
import { ABLY_AWS_ACCOUNT, OUTPUTS } from '../names.ts';
import { ok, warning, wrong, type HealthCheck } from './health-check.ts';

/** @param externalId `<Ably account id>.<Ably app id>`, which the role must require */
export function awsChecks(
  { aws, settings }: Clouds,
  externalId: string,
  outputs: Readonly<Record<string, string>>,
): HealthCheck[] {
  const output = (name: keyof typeof OUTPUTS): string => outputs[OUTPUTS[name]] ?? '';
  return [
    {
      name: 'Ably’s role',
      async run() {
        const trust = await aws.roleTrust(output('ablyRole'));
        if (trust === undefined) return wrong('missing', 'Run npm run deploy.');
        const trustsApp = trust.includes(`:${ABLY_AWS_ACCOUNT}:`) && trust.includes(`"${externalId}"`);
        return trustsApp
          ? ok(`trusts Ably, for ${externalId} only`)
          : wrong(`does not trust ${externalId}`, 'Run npm run deploy.');
      },
    },
    {
      name: 'chat-writer',
      async run() {
        const state = await aws.functionState(output('writerFunction'));
        if (state === undefined) return wrong('missing', 'Run npm run deploy.');
        return state === 'Active' || state === 'Inactive'
          ? ok(state)
          : warning(state, 'AWS is updating it; run npm run doctor again in a minute.');
      },
    },
    {
      name: 'Dead letters',
      async run() {
        const { count, reasons } = await aws.peekDeadLetters(output('deadLetters'));
        if (count === 0) return ok('none');
        const latest = reasons.toSorted().slice(-3).join(' | ');
        return warning(`${count}; the latest: ${latest}`, 'See DeadLetters in docs/runbook.md.');
      },
    },
    {
      name: 'Connector lag',
      async run() {
        const { namespace, waitingRows: metric, stage } = METRICS;
        const rows = await aws.latestMetric({
          namespace,
          metric,
          dimension: { name: stage, value: settings.STAGE },
        });
        const remedy = 'See ConnectorLag in docs/runbook.md.';
        if (rows === undefined) return wrong('not measured for ten minutes', remedy);
        return rows === 0 ? ok('no row change waits') : wrong(`${rows} row changes wait`, remedy);
      },
    },
    {
      name: 'Connector tasks',
      async run() {
        if (settings.CONNECTOR === 'none') return ok('none: a program of your own publishes the row changes');
        const { running, desired } = await aws.serviceState(output('cluster'), output('service'));
        const summary = `${running} of ${desired} run`;
        if (running === 0) return wrong(summary, 'See the service’s events and log in the ECS console.');
        return running < desired ? warning(summary, 'Run npm run doctor again in a minute.') : ok(summary);
      },
    },
  ];
}
