import { randomBytes } from 'node:crypto';
import * as v from 'valibot';
import { App } from '../apps/app.ts';
import { parseKey } from '../auth/keys.ts';
import { Code, WireError } from '../errors.ts';
import { limits } from '../limits.ts';
import { Action, PresenceAction } from '../protocol/actions.ts';
import { toPayload } from '../protocol/data.ts';
import type { Route } from './request.ts';

const listOfAtMost = <Schema extends v.GenericSchema>(max: number, schema: Schema) =>
  v.pipe(v.array(schema), v.maxLength(max));

const FixtureChannelSchema = v.object({
  name: v.string(),
  presence: v.optional(
    listOfAtMost(
      limits.maxPageSize,
      v.object({ clientId: v.string(), data: v.optional(v.unknown()), encoding: v.optional(v.string()) }),
    ),
    [],
  ),
});

const AppSpecSchema = v.object({
  keys: v.pipe(
    listOfAtMost(
      100,
      v.object({ capability: v.optional(v.string()), revocableTokens: v.optional(v.boolean(), false) }),
    ),
    v.minLength(1),
  ),
  namespaces: v.optional(
    listOfAtMost(100, v.looseObject({ id: v.string(), persisted: v.optional(v.boolean(), false) })),
    [],
  ),
  channels: v.optional(listOfAtMost(100, FixtureChannelSchema), []),
  limits: v.optional(
    v.object({
      presence: v.optional(
        v.object({ maxMembers: v.optional(v.pipe(v.number(), v.minValue(1), v.maxValue(1_000))) }),
      ),
    }),
  ),
});

/**
 * Creates an app, so that test files do not share channels. It has no rules. It needs no
 * credentials, so web pages may not call it: any page in a developer's browser could fill the
 * memory of this process.
 */
export const createApp: Route = async (request) => {
  const { apps, account, timing, appsOnDemand } = request.context;
  if (!appsOnDemand || request.origin() !== undefined) {
    const reason = appsOnDemand
      ? 'web pages cannot create apps'
      : 'this broker has the apps of its keys only';
    throw new WireError(Code.forbidden, `POST /apps is not allowed: ${reason}`);
  }
  const spec = v.safeParse(AppSpecSchema, await request.body());
  if (!spec.success) {
    const [issue] = spec.issues;
    throw new WireError(Code.badRequest, `Invalid app: ${v.getDotPath(issue) ?? 'it'}: ${issue.message}`);
  }
  if (apps.size >= limits.appsOnDemand) {
    throw new WireError(
      Code.forbidden,
      `The broker has ${limits.appsOnDemand} apps, the maximum: delete unused ones`,
    );
  }
  const { keys: keySpecs, namespaces, channels, limits: appLimits } = spec.output;
  let id: string;
  do id = randomBytes(3).toString('hex');
  while (apps.get(id));
  const keys = keySpecs.map(({ capability, revocableTokens }, index) =>
    parseKey(`${id}.key${index}:${randomBytes(12).toString('base64url')}`, capability, revocableTokens),
  );
  const persisted = new Set(namespaces.filter((namespace) => namespace.persisted).map((each) => each.id));
  const maxMembers = appLimits?.presence?.maxMembers;
  const app = new App({ id, keys, persisted, maxMembers, account, memory: apps.memory }, timing);
  try {
    for (const { name, presence } of channels) enterFixtureMembers(app, name, presence);
  } catch (error) {
    // Only the channels of a registered app are pruned; these would use up the shared memory.
    app.channels.discardAll();
    throw error;
  }
  apps.set(id, app);

  const { hostname, port } = request.url();
  const keyDetails = keys.map(({ name, secret, capabilityText, revocations }) => ({
    id: name.split('.')[1],
    keyName: name,
    keySecret: secret,
    keyStr: `${name}:${secret}`,
    capability: capabilityText,
    revocableTokens: revocations !== undefined,
    status: 0,
  }));
  const address = { endpoint: hostname, port: Number(port || 80), tls: false };
  return {
    status: 201,
    body: { accountId: 'local', appId: id, id, keys: keyDetails, namespaces, channels, ...address },
  };
};

/** Deletes the app of the key that authenticates the request, and disconnects its clients. */
export const deleteApp: Route = async (request) => {
  const { app, token } = await request.caller();
  if (token || app.id !== request.pathParam('appId')) {
    throw new WireError(Code.unauthorized, 'Deleting an app needs one of its own keys');
  }
  if (app.rules) throw new WireError(Code.forbidden, 'This app belongs to the configuration of the broker');
  const reason = new WireError(Code.appDisabled, 'The app was deleted').toWire();
  for (const connection of app.connections.all()) {
    connection.transport?.end(Action.ERROR, reason);
    app.connections.end(connection);
  }
  app.channels.discardAll();
  request.context.apps.delete(app.id);
  return { status: 204 };
};

/** Enters members of a fictitious connection, which never leave. */
function enterFixtureMembers(
  app: App,
  channel: string,
  members: { clientId: string; data?: unknown; encoding?: string | undefined }[],
): void {
  const connectionId = `fixtures-${app.id}`;
  const id = `${connectionId}:0`;
  const items = members.map(({ clientId, data, encoding }, index) => ({
    action: PresenceAction.ENTER,
    id: `${id}:${index}`,
    clientId,
    connectionId,
    ...toPayload(data, encoding),
  }));
  if (items.length > 0) app.channels.get(channel).announce({ id, connectionId, size: 0 }, items);
}
