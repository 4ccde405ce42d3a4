import fc from 'fast-check';
import type pg from 'pg';
import { expect } from 'vitest';
import { test } from './support/fixtures.ts';
import { apply, edit, insert, remove } from './support/messages.ts';
import { now, pastAt, search, versionsOf, type Version } from './support/versions.ts';

const IDS = ['a', 'b', 'c'];

const step = fc.record({
  what: fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom('insert', 'edit', 'sql insert', 'sql update', 'sql touch') },
    { weight: 1, arbitrary: fc.constantFrom('delete', 'sql delete') },
  ),
  id: fc.constantFrom(...IDS),
  /** Of the author's clock against the database's, ms. */
  skew: fc.integer({ min: -20, max: 20 }),
});

/** What each commit did, by this test's own rules. Times of the database's clock are not known. */
class Model {
  readonly messages = new Map<string, { created: number; versions: Omit<Version, 'at'>[] }>();
  /** When deleted messages were created, and after which time they were deleted. */
  readonly deleted = new Map<string, { created: number; after: number }>();

  insert(id: string, created: number, content: string, source: Version['source']): void {
    this.deleted.delete(id);
    this.messages.set(id, { created, versions: [{ revision: 1, content, source }] });
  }
  change(id: string, content: string | null, source: Version['source']): void {
    const versions = this.messages.get(id)?.versions;
    const newest = versions?.at(-1);
    if (newest) versions?.push({ revision: newest.revision + 1, content: content ?? newest.content, source });
  }
  delete(id: string, after: number): void {
    const message = this.messages.get(id);
    if (!message) return;
    this.messages.delete(id);
    this.deleted.set(id, { created: message.created, after });
  }
}

/** Does one step, both in the database and in the model. The text names it. */
async function take(
  client: pg.Client,
  model: Model,
  index: number,
  { what, id, skew }: StepOf,
): Promise<void> {
  const time = (await now(client)) + skew;
  const text = `text${index}`;
  const exists = model.messages.has(id);
  if (what === 'insert') {
    const [outcome] = await apply(client, [insert(id, { timestamp: time, content: text })]);
    if (outcome === 'written') model.insert(id, time, text, 'chat');
  } else if (what === 'edit') {
    const [outcome] = await apply(client, [edit(`edit${index}`, id, time, text)]);
    if (outcome === 'edited') model.change(id, text, 'chat');
  } else if (what === 'delete') {
    const [outcome] = await apply(client, [remove(`delete${index}`, id)]);
    if (outcome === 'deleted') model.delete(id, time - skew);
  } else if (what === 'sql insert' && !exists) {
    await client.query(
      `insert into chat_data (msg_id, client_id, msg_data, created_at_timestamp) values ($1, 'ann', $2, $3)`,
      [id, text, time],
    );
    model.insert(id, time, text, 'database');
  } else if (what === 'sql update') {
    await client.query('update chat_data set msg_data = $2 where msg_id = $1', [id, text]);
    model.change(id, text, 'database');
  } else if (what === 'sql touch') {
    await client.query(`update chat_data set username = 'Eve' where msg_id = $1`, [id]);
    model.change(id, null, 'database');
  } else if (what === 'sql delete') {
    await client.query('delete from chat_data where msg_id = $1', [id]);
    model.delete(id, time - skew);
  }
}
type StepOf = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

test('versions, past and search: after random writes of chat and SQL they equal a log of every commit', async ({
  client,
}) => {
  let superseded = 0;
  let deletedSeen = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 10, maxLength: 40, size: 'max' }),
      fc.nat(100),
      async (steps, percent) => {
        await client.query('truncate chat_data; truncate chat_private.deleted_messages');
        const model = new Model();
        const start = await now(client);
        for (const [index, each] of steps.entries()) await take(client, model, index, each);
        const end = await now(client);
        const known = new Map<string, Version[]>();
        for (const id of IDS) {
          const versions = await versionsOf(client, id);
          const { versions: expected = [], created } = model.messages.get(id) ?? {};
          expect(versions.map(({ at: _, ...version }) => version)).toEqual(expected);
          if (created !== undefined) expect(versions[0]?.at).toBe(created);
          expect(versions.map(({ at }) => at)).toEqual(
            versions.map(({ at }) => at).toSorted((a, b) => a - b),
          );
          for (const { at, source, revision } of versions)
            if (source === 'database' && revision > 1) expect(at).toBeGreaterThanOrEqual(start);
          known.set(id, versions);
          superseded += Math.max(0, versions.length - 1);
        }
        // A random moment, and every one at which something changed: just before and at it.
        const moments = [...known.values()].flat().flatMap(({ at }) => [at - 1, at]);
        for (const at of [start + Math.floor(((end - start) * percent) / 100), ...moments]) {
          const past = await pastAt(client, at);
          expect(shown(past)).toEqual(expectedAt(at, known));
          const gone = past.filter(({ is_deleted }) => is_deleted).map(({ msg_id }) => msg_id);
          for (const [id, { created, after }] of model.deleted) {
            if (at < created) expect(gone).not.toContain(id);
            else if (at < after) expect(gone).toContain(id);
          }
          deletedSeen += gone.length;
        }
        expect((await pastAt(client, end + 1_000)).filter(({ is_deleted }) => is_deleted)).toEqual([]);
        const texts = [...known.values()].flat().map(({ content }) => content);
        for (const [index] of steps.entries()) {
          const found = await search(client, `text${index}`);
          expect(found.length > 0).toBe(texts.some((text) => text?.startsWith(`text${index}`)));
        }
      },
    ),
    { numRuns: 40 },
  );
  expect(superseded).toBeGreaterThan(100);
  expect(deletedSeen).toBeGreaterThan(20);
});

const shown = (rows: readonly { msg_id: string; msg_data: string | null; is_deleted: boolean }[]) =>
  rows
    .filter(({ is_deleted }) => !is_deleted)
    .map(({ msg_id, msg_data }) => `${msg_id} ${msg_data}`)
    .toSorted();

function expectedAt(at: number, known: ReadonlyMap<string, readonly Version[]>): string[] {
  return [...known].flatMap(([id, versions]) => {
    const then = versions.findLast((version) => version.at <= at);
    return then ? [`${id} ${then.content}`] : [];
  });
}
