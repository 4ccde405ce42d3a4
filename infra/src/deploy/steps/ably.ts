import { authKey, appName, connectorKey, ingestRule } from '../../ably/desired-state.ts';
import {
  appChange,
  ensureApp,
  ensureKey,
  ensureRule,
  findApp,
  findKey,
  keyChange,
  ruleChange,
} from '../../ably/ensure.ts';
import type { Clouds } from '../clouds.ts';
import { hasOutputs, requireFact, requireOutput, type Facts, type Step } from '../step.ts';

/** First, because the external id of the AWS role contains the app's id. */
export function ablyApp({ ably, settings }: Clouds): Step {
  const name = appName(settings.STAGE);
  const account = async (facts: Facts) => (facts.ablyAccount ??= (await ably.me()).account.id);
  return {
    name: 'Ably app',
    async plan(facts) {
      const app = await findApp(ably, await account(facts), name);
      if (app) facts.app = app;
      return [appChange(app, name)];
    },
    async apply(facts) {
      facts.app = await ensureApp(ably, await account(facts), name);
      return `${name}, id ${facts.app.id}`;
    },
  };
}

/** One key for each user, with the smallest capability that suffices. */
export function ablyKeys({ ably, settings }: Clouds): Step {
  const desired = { auth: authKey(settings), connector: connectorKey(settings) };
  return {
    name: 'Ably keys',
    async plan(facts) {
      const keys = facts.app ? await ably.keys(facts.app.id) : [];
      const existing = { auth: findKey(keys, desired.auth), connector: findKey(keys, desired.connector) };
      if (existing.auth) facts.authKey = existing.auth;
      if (existing.connector) facts.connectorKey = existing.connector;
      return [keyChange(existing.auth, desired.auth), keyChange(existing.connector, desired.connector)];
    },
    async apply(facts) {
      const { id } = requireFact(facts.app, 'The Ably app');
      facts.authKey = await ensureKey(ably, id, desired.auth);
      facts.connectorKey = await ensureKey(ably, id, desired.connector);
      return `"${desired.auth.name}" and "${desired.connector.name}"`;
    },
  };
}

/** After the stack, because the rule invokes its function. */
export function ablyRule({ ably, settings }: Clouds): Step {
  const desiredRule = (facts: Facts) =>
    ingestRule(settings, {
      region: settings.AWS_REGION,
      roleArn: requireOutput(facts, 'ablyRole'),
      functionName: requireOutput(facts, 'writerFunction'),
      streamName: settings.INGEST === 'kinesis' ? requireOutput(facts, 'ingestStream') : undefined,
    });
  return {
    name: 'Ably rule',
    async plan(facts) {
      const stream = settings.INGEST === 'kinesis' ? (['ingestStream'] as const) : [];
      if (!facts.app || !hasOutputs(facts, 'ablyRole', 'writerFunction', ...stream)) {
        return [
          {
            kind: 'create',
            what: `rule ^${settings.OUTGOING_CHANNEL}$ → ${settings.INGEST === 'kinesis' ? 'aws/kinesis' : 'aws/lambda'}`,
          },
        ];
      }
      return [ruleChange(await ably.rules(facts.app.id), desiredRule(facts))];
    },
    async apply(facts) {
      const { id } = requireFact(facts.app, 'The Ably app');
      const desired = desiredRule(facts);
      const rule = await ensureRule(ably, id, desired);
      return `${desired.source.channelFilter} → ${desired.ruleType}, id ${rule.id}`;
    },
  };
}
