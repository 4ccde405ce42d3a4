import * as v from 'valibot';
import type { Principal } from '../auth/authenticate.ts';
import { ensureAllows } from '../auth/capability.ts';
import { parseChannelName } from '../channels/name.ts';
import { publishOverRest } from '../channels/publish.ts';
import { Code, toWireError, WireError } from '../errors.ts';
import type { Route } from './route.ts';

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

/** The same messages to several channels. Each channel succeeds or fails by itself. */
export const publishBatch: Route = async (request) => {
  const principal = await request.principal();
  const body = await request.body();
  const batch = v.safeParse(BatchSchema, body);
  if (!batch.success) throw new WireError(Code.badRequest, 'A batch needs channels and messages');
  const answers = batch.output.map(({ channels, messages }) => {
    const results = channels.map((channel) => publishTo(channel, messages, principal));
    const failureCount = results.filter((result) => 'error' in result).length;
    return { successCount: results.length - failureCount, failureCount, results };
  });
  // Clients of version 2 and before expect one flat list.
  if (request.version() < 3) return { status: 201, body: answers.flatMap(({ results }) => results) };
  return { status: 201, body: Array.isArray(body) ? answers : answers[0] };
};

function publishTo(channel: string, messages: object[], principal: Principal): object {
  try {
    const { base } = parseChannelName(channel);
    ensureAllows(principal.capability, base, 'publish');
    return { channel, ...publishOverRest(principal, base, messages) };
  } catch (error) {
    return { channel, error: toWireError(error).toWire() };
  }
}
