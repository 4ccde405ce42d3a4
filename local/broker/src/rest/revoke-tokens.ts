import * as v from 'valibot';
import type { App } from '../apps/app.ts';
import type { ApiKey } from '../auth/keys.ts';
import { tokenRevoked, type Revocation } from '../auth/revocations.ts';
import type { Connection } from '../connections/connection.ts';
import { Code, WireError } from '../errors.ts';
import { limits } from '../limits.ts';
import { Action } from '../protocol/actions.ts';
import { counted, flatReply, resultOf } from './batch.ts';
import type { RestRequest, Route } from './request.ts';

const RequestSchema = v.object({
  targets: v.pipe(v.array(v.string()), v.minLength(1), v.maxLength(100)),
  issuedBefore: v.optional(v.pipe(v.number(), v.safeInteger())),
  allowReauthMargin: v.optional(v.boolean(), false),
});

/**
 * Revokes tokens of the key that authenticates the request. Clients that use them are disconnected,
 * or, with `allowReauthMargin`, are prompted to renew them first.
 */
export const revokeTokens: Route = async (request) => {
  const { app, key, revocations } = await revokingCaller(request);
  const body = v.safeParse(RequestSchema, await request.body());
  if (!body.success) {
    const [issue] = body.issues;
    throw new WireError(
      Code.badRequest,
      `Invalid revocation: ${v.getDotPath(issue) ?? 'it'}: ${issue.message}`,
    );
  }
  const { timing } = request.context;
  const now = timing.now();
  const { targets, allowReauthMargin, issuedBefore = now } = body.output;
  if (issuedBefore > now || issuedBefore < now - limits.maxRevocableTokenTtl) {
    throw new WireError(
      Code.badParameter,
      `issuedBefore ${issuedBefore} must be in the past, at most 1 h ago: it is ${now} now`,
    );
  }
  const margin = allowReauthMargin ? timing.revocationMargin : 0;
  const revocation: Revocation = { issuedBefore, appliesAt: now + margin };
  const results = targets.map((target) =>
    resultOf({ target }, () => {
      ensureTarget(target);
      revocations.add(target, revocation);
      return { ...revocation };
    }),
  );
  enforce(app, key, revocation, margin);
  return request.version() < 3 ? flatReply(201, results) : { status: 201, body: counted(results) };
};

async function revokingCaller(request: RestRequest) {
  const { app, key, token } = await request.caller();
  if (token) throw new WireError(Code.needsKeyAuth, 'Revoking tokens needs Basic auth with their key');
  const keyName = request.pathParam('keyName');
  if (keyName !== key.name) {
    throw new WireError(Code.otherKey, `Key "${key.name}" cannot revoke tokens of key "${keyName}"`);
  }
  const { revocations } = key;
  if (!revocations) {
    throw new WireError(Code.notRevocable, `Key "${key.name}" was not created with revocableTokens`);
  }
  return { app, key, revocations };
}

/** Ably enables the target `channel` on request only. */
function ensureTarget(target: string): void {
  if (/^(clientId|revocationKey):./s.test(target)) return;
  throw new WireError(
    Code.badParameter,
    `Target "${target}" must have the form clientId:<clientId> or revocationKey:<key>`,
  );
}

function enforce(app: App, key: ApiKey, { appliesAt }: Revocation, margin: number): void {
  const affected = () => app.connections.all().filter((connection) => isRevoked(connection, key, appliesAt));
  const disconnect = () => {
    for (const { transport } of affected()) transport?.end(Action.DISCONNECTED, tokenRevoked().toWire());
  };
  if (margin === 0) return disconnect();
  for (const { transport } of affected()) transport?.send({ action: Action.AUTH });
  setTimeout(disconnect, margin).unref();
}

function isRevoked({ principal }: Connection, key: ApiKey, at: number): boolean {
  const { token } = principal;
  return principal.key === key && token !== undefined && key.revocations?.areRevoking(token, at) === true;
}
