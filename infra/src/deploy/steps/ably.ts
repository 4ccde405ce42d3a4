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
import { appName, authKey, connectorKey, ingestRule } from '../../ably/wishes.ts';
import { hasOutputs, known, outputOf, type Facts, type Step, type World } from '../world.ts';

/** The app, which everything else at Ably belongs to; the role on AWS names it in its external id. */
export function ablyApp({ ably, settings }: World): Step {
  const name = appName(settings.STAGE);
  const account = async (facts: Facts) => (facts.ablyAccount ??= (await ably.me()).account.id);
  return {
    name: 'Ably app',
    async plan(facts) {
      const app = await findApp(ably, await account(facts), name);
      if (app) facts.app = app;
      return [appChange(app, name)];
    },
    async run(facts) {
      facts.app = await ensureApp(ably, await account(facts), name);
      return `${name}, id ${facts.app.id}`;
    },
  };
}

/** One key for each user, with the least that it needs. */
export function ablyKeys({ ably, settings }: World): Step {
  const wishes = { auth: authKey(settings), connector: connectorKey(settings) };
  return {
    name: 'Ably keys',
    async plan(facts) {
      const keys = facts.app ? await ably.keys(facts.app.id) : [];
      const existing = { auth: findKey(keys, wishes.auth), connector: findKey(keys, wishes.connector) };
      if (existing.auth) facts.authKey = existing.auth;
      if (existing.connector) facts.connectorKey = existing.connector;
      return Object.values(wishes).map((wish) => keyChange(findKey(keys, wish), wish));
    },
    async run(facts) {
      const { id } = known(facts.app, 'The Ably app');
      facts.authKey = await ensureKey(ably, id, wishes.auth);
      facts.connectorKey = await ensureKey(ably, id, wishes.connector);
      return `"${wishes.auth.name}" and "${wishes.connector.name}"`;
    },
  };
}

/** The rule comes after the function that it invokes. */
export function ablyRule({ ably, settings }: World): Step {
  const wish = (facts: Facts) =>
    ingestRule(settings, {
      region: settings.AWS_REGION,
      roleArn: outputOf(facts, 'ablyRole'),
      functionName: outputOf(facts, 'writerFunction'),
      streamName: settings.INGEST === 'kinesis' ? outputOf(facts, 'ingestStream') : undefined,
    });
  return {
    name: 'Ably rule',
    async plan(facts) {
      const stream = settings.INGEST === 'kinesis' ? (['ingestStream'] as const) : [];
      if (!facts.app || !hasOutputs(facts, 'ablyRole', 'writerFunction', ...stream)) {
        return [{ kind: 'create', what: `rule ^${settings.OUTGOING_CHANNEL}$ → aws/${settings.INGEST}` }];
      }
      return [ruleChange(await ably.rules(facts.app.id), wish(facts))];
    },
    async run(facts) {
      const { id } = known(facts.app, 'The Ably app');
      const wanted = wish(facts);
      const rule = await ensureRule(ably, id, wanted);
      return `${wanted.source.channelFilter} → ${wanted.ruleType}, id ${rule.id}`;
    },
  };
}
