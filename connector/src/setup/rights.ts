import type { Queryable } from '../database.ts';
import type { SetupPlan } from './plan.ts';
import { quoteTable, type Table } from './triggers.ts';

/** What draining takes. It is also the list of grants in sql/README.md, which a test runs. */
const DRAINING: Readonly<Record<'table' | 'sequence', Readonly<Record<string, readonly string[]>>>> = {
  table: {
    outbox: ['SELECT', 'UPDATE', 'DELETE'],
    outbox_batches: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'],
    outbox_set_aside: ['SELECT', 'INSERT'],
    nodes: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'],
    ablycontroltable: ['SELECT'],
  },
  sequence: { outbox_batches_batch_id_seq: ['USAGE'] },
};

const FUNCTIONS = ['outbox_claim', 'outbox_claim_channel', 'outbox_settle'];

/** Without it nothing can even be compared. */
export const READ_ROUTES = 'SELECT on table public.ablycontroltable';

/** @returns what the connecting role may not do, and must be able to for as long as it runs */
export async function findMissingRights(database: Queryable): Promise<string[]> {
  const needed = Object.entries(DRAINING).flatMap(([kind, objects]) =>
    Object.entries(objects).flatMap(([name, rights]) => rights.map((right) => ({ kind, name, right }))),
  );
  const missing = await database.query<{ missing: string }>(
    `SELECT needed.right || ' on ' || kind || ' public.' || name AS missing
       FROM unnest($1::text[], $2::text[], $3::text[]) AS needed (kind, name, "right")
      WHERE NOT CASE kind
              WHEN 'table' THEN has_table_privilege('public.' || name, needed.right)
              ELSE has_sequence_privilege('public.' || name, needed.right) END
      UNION ALL
     SELECT 'EXECUTE on function ' || oid::regprocedure FROM pg_proc
      WHERE proname = ANY ($4) AND pronamespace = 'public'::regnamespace AND NOT has_function_privilege(oid, 'EXECUTE')
      UNION ALL
     SELECT 'USAGE on schema public' WHERE NOT has_schema_privilege('public', 'USAGE')`,
    [
      needed.map(({ kind }) => kind),
      needed.map(({ name }) => name),
      needed.map(({ right }) => right),
      FUNCTIONS,
    ],
  );
  return missing.map((row) => row.missing);
}

/** @returns what the connecting role may not do, and what the plan takes; nothing when there is nothing to change */
export async function findMissingSetupRights(database: Queryable, plan: SetupPlan): Promise<string[]> {
  const created = plan.createTriggers.map(({ table }) => table);
  const dropped = [...plan.dropTriggers, ...plan.dropOldTriggers].map(({ table }) => table);
  const truncated = plan.createTriggers.filter(({ captured }) => captured === 'TRUNCATE');
  const quoted = (tables: readonly Table[]) => [...new Set(tables.map(quoteTable))];
  const missing = await database.query<{ missing: string }>(
    `SELECT 'TRIGGER on table ' || name AS missing FROM unnest($1::text[]) AS name
      WHERE NOT has_table_privilege(name, 'TRIGGER')
      UNION ALL
     SELECT 'ownership of table ' || name || ', to drop triggers' FROM unnest($2::text[]) AS name
      WHERE NOT pg_has_role((SELECT relowner FROM pg_class WHERE oid = name::regclass), 'USAGE')
      UNION ALL
     SELECT 'SELECT on table ' || name || ' for role ' || proowner::regrole || ', which owns outbox_capture_truncate()'
       FROM unnest($3::text[]) AS name, pg_proc
      WHERE pg_proc.oid = 'public.outbox_capture_truncate'::regproc AND NOT has_table_privilege(proowner, name, 'SELECT')
      UNION ALL
     SELECT 'INSERT on table public.ablycontroltable'
      WHERE $4 AND NOT has_table_privilege('public.ablycontroltable', 'INSERT')
      UNION ALL
     SELECT 'DELETE on table public.ablycontroltable'
      WHERE $5 AND NOT has_table_privilege('public.ablycontroltable', 'DELETE')`,
    [
      quoted(created),
      quoted(dropped),
      quoted(truncated.map(({ table }) => table)),
      plan.addRoutes.length > 0,
      plan.removeRoutes.length > 0,
    ],
  );
  return missing.map((row) => row.missing);
}
