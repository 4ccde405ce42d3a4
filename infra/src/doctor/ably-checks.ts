import { expiryOf, ROTATE_TOKEN } from '../ably/access-token.ts';
import type { Me } from '../ably/control-api.ts';
import { authKey, connectorKey, ingestRule } from '../ably/desired-state.ts';
import { findKey, isKeyCurrent, isRuleCurrent, ourRules } from '../ably/ensure.ts';
import type { Clouds } from '../deploy/clouds.ts';
import { OUTPUTS } from '../names.ts';
import { ok, warning, wrong, type HealthCheck } from './health-check.ts';

/** Reports when the token of the Control API expires. */
export function tokenCheck(me: Me): HealthCheck {
  return {
    name: 'Ably token',
    run() {
      const { state, summary } = expiryOf(me);
      if (state === 'expired') return Promise.resolve(wrong(summary, ROTATE_TOKEN));
      return Promise.resolve(state === 'expiring' ? warning(summary, ROTATE_TOKEN) : ok(summary));
    },
  };
}

/** Compares the rule and the keys of the Ably app with the desired state. */
export function ablyChecks(
  { ably, settings }: Clouds,
  appId: string,
  outputs: Readonly<Record<string, string>>,
): HealthCheck[] {
  return [
    {
      name: 'Ably rule',
      async run() {
        const desired = ingestRule(settings, {
          region: settings.AWS_REGION,
          roleArn: outputs[OUTPUTS.ablyRole] ?? '',
          functionName: outputs[OUTPUTS.writerFunction] ?? '',
          streamName: settings.INGEST === 'kinesis' ? outputs[OUTPUTS.ingestStream] : undefined,
        });
        const [rule, ...others] = ourRules(await ably.rules(appId), desired);
        if (!rule) return wrong('missing, so no message reaches the database', 'Run npm run deploy.');
        if (rule.status !== 'enabled') return wrong(rule.status, 'npm run deploy enables it again.');
        if (!isRuleCurrent(rule, desired))
          return wrong('its target, filter or role differs from the settings', 'Run npm run deploy.');
        if (others.length > 0)
          return warning(`${others.length + 1} rules do the same`, 'npm run deploy removes the others.');
        return ok(`enabled, ${rule.ruleType}`);
      },
    },
    {
      name: 'Ably keys',
      async run() {
        const keys = await ably.keys(appId);
        const outdated = [authKey(settings), connectorKey(settings)].filter((desired) => {
          const key = findKey(keys, desired);
          return !key || !isKeyCurrent(key, desired);
        });
        const names = outdated.map(({ name }) => `"${name}"`).join(' and ');
        return outdated.length === 0
          ? ok('each has exactly the capability that it needs')
          : wrong(
              `${names}: missing, or with another capability or without revocable tokens`,
              'Run npm run deploy.',
            );
      },
    },
  ];
}
