import { randomBytes } from 'node:crypto';
import * as v from 'valibot';
import { allows, ensureAllows } from '../auth/capability.ts';
import { parsePlainChannel } from '../channels/name.ts';
import { publish } from '../channels/publish.ts';
import { Code, WireError } from '../errors.ts';
import { counted, flatReply, resultOf } from './batch.ts';
import type { Caller, Route } from './request.ts';

/** Publishes one message or an array of them: all are stored, or none. */
export const publishMessages: Route = async (request) => {
  const { caller, channel } = await request.authorized('publish');
  const body = await request.body();
  const messages: unknown[] = Array.isArray(body) ? body : [body];
  if (messages.length === 0) throw new WireError(Code.badBody, 'The body contains no message');
  return { status: 201, body: { channel, ...publishAs(caller, channel, messages, request.query()) } };
};

const oneOrMore = <Schema extends v.GenericSchema>(schema: Schema) =>
  v.pipe(
    v.union([v.array(schema), schema]),
    v.transform((value) => (Array.isArray(value) ? value : [value]) as v.InferOutput<Schema>[]),
  );
const SpecSchema = v.object({
  channels: v.pipe(oneOrMore(v.string()), v.maxLength(100)),
  messages: oneOrMore(v.looseObject({})),
});
const BatchSchema = v.pipe(oneOrMore(SpecSchema), v.maxLength(100));

/** Publishes the same messages to several channels. Each channel succeeds or fails separately. */
export const publishBatch: Route = async (request) => {
  const caller = await request.caller();
  const body = await request.body();
  const batch = v.safeParse(BatchSchema, body);
  if (!batch.success) throw new WireError(Code.badRequest, 'A batch needs channels and messages');
  const publishTo = (channel: string, messages: object[]) => () => {
    const { base } = parsePlainChannel(channel);
    ensureAllows(caller.capability, base, 'publish');
    return publishAs(caller, base, messages, request.query());
  };
  const specs = batch.output.map(({ channels, messages }) =>
    channels.map((channel) => resultOf({ channel }, publishTo(channel, messages))),
  );
  if (request.version() < 3) return flatReply(201, specs.flat());
  const responses = specs.map(counted);
  return { status: 201, body: Array.isArray(body) ? responses : responses[0] };
};

function publishAs(
  { app, clientId: identity, capability }: Caller,
  channel: string,
  messages: readonly unknown[],
  params: Record<string, string>,
): { messageId: string | undefined; serials: string[] } {
  const idBase = randomBytes(9).toString('base64url');
  const isPrivileged = () => allows(capability, channel, 'privileged-headers');
  const { serials, ids } = publish(app, channel, messages, { identity, idBase, isPrivileged, params });
  return { messageId: ids[0], serials };
}
