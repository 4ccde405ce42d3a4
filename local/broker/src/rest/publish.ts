import { randomBytes } from 'node:crypto';
import * as v from 'valibot';
import { ensureAllows } from '../auth/capability.ts';
import { parseChannelName } from '../channels/name.ts';
import { publish } from '../channels/publish.ts';
import { Code, toWireError, WireError } from '../errors.ts';
import type { Caller, Route } from './request.ts';

/** Publishes one message or an array of them: all are stored, or none. */
export const publishMessages: Route = async (request) => {
  const { caller, channel } = await request.authorized('publish');
  const body = await request.body();
  const messages: unknown[] = Array.isArray(body) ? body : [body];
  if (messages.length === 0) throw new WireError(Code.badBody, 'The body contains no message');
  return { status: 201, body: { channel, ...publishAs(caller, channel, messages) } };
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
  const responses = batch.output.map(({ channels, messages }) => {
    const results = channels.map((channel) => publishTo(channel, messages, caller));
    const failureCount = results.filter((result) => 'error' in result).length;
    return { successCount: results.length - failureCount, failureCount, results };
  });
  // Clients up to protocol version 2 expect one flat list.
  if (request.version() < 3) return { status: 201, body: responses.flatMap(({ results }) => results) };
  return { status: 201, body: Array.isArray(body) ? responses : responses[0] };
};

function publishTo(channel: string, messages: object[], caller: Caller): object {
  try {
    const { base } = parseChannelName(channel);
    ensureAllows(caller.capability, base, 'publish');
    return { channel, ...publishAs(caller, base, messages) };
  } catch (error) {
    return { channel, error: toWireError(error).toWire() };
  }
}

function publishAs(
  { app, clientId: identity }: Caller,
  channel: string,
  messages: readonly unknown[],
): { messageId: string | undefined; serials: string[] } {
  const idBase = randomBytes(9).toString('base64url');
  const { serials, ids } = publish(app, channel, messages, { identity, idBase });
  return { messageId: ids[0], serials };
}
