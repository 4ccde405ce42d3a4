import type { Queryable } from '../database.ts';
import type { SetupPlan } from './plan.ts';
import { findRestrictedRows } from './row-security.ts';
import { quoteTable, type Table } from './table-name.ts';

/** Rights that draining needs. sql/README.md has the same grants, which a test runs. */
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

/** Without this right the set-up cannot even be compared. */
export const READ_ROUTES = 'SELECT on table public.ablycontroltable';

/** Returns the rights for draining that the connecting role lacks. */
export async function findMissingRights(database: Queryable): Promise<string[]> {
  const needed = Object.entries(DRAINING).flatMap(([kind, objects]) =>
    Object.entries(objects).flatMap(([name, rights]) => rights.map((right) => ({ kind, name, right }))),
  );
  const missing = await database.query<{ missing: string }>(
    `select needed.right || ' on ' || kind || ' public.' || name as missing
     from unnest($1::text[], $2::text[], $3::text[]) as needed (kind, name, "right")
     where not case kind
       when 'table' then has_table_privilege('public.' || name, needed.right)
       else has_sequence_privilege('public.' || name, needed.right) end
     union all
     select 'EXECUTE on function ' || oid::regprocedure from pg_proc
     where proname = any ($4) and pronamespace = 'public'::regnamespace
       and not has_function_privilege(oid, 'EXECUTE')
     union all
     select 'USAGE on schema public' where not has_schema_privilege('public', 'USAGE')`,
    [
      needed.map(({ kind }) => kind),
      needed.map(({ name }) => name),
      needed.map(({ right }) => right),
      FUNCTIONS,
    ],
  );
  return [...missing.map((row) => row.missing), ...(await findRestrictedRows(database))];
}

/** Returns the rights for this plan that the connecting role lacks; none when nothing changes. */
export async function findMissingSetupRights(database: Queryable, plan: SetupPlan): Promise<string[]> {
  const triggers = [...plan.createTriggers, ...plan.replaceTriggers];
  const created = triggers.map(({ table }) => table);
  const dropped = [...plan.dropTriggers, ...plan.dropOldTriggers].map(({ table }) => table);
  const truncated = triggers.filter((trigger) => trigger.function === 'outbox_capture_truncate');
  const quoted = (tables: readonly Table[]) => [...new Set(tables.map(quoteTable))];
  const missing = await database.query<{ missing: string }>(
    `select 'TRIGGER on table ' || name as missing from unnest($1::text[]) as name
     where not has_table_privilege(name, 'TRIGGER')
     union all
     select 'ownership of table ' || name || ', to drop triggers' from unnest($2::text[]) as name
     where not pg_has_role((select relowner from pg_class where oid = name::regclass), 'USAGE')
     union all
     select 'SELECT on table ' || name || ' for role ' || proowner::regrole
       || ', which owns outbox_capture_truncate()'
     from unnest($3::text[]) as name, pg_proc
     where pg_proc.oid = 'public.outbox_capture_truncate'::regproc
       and not has_table_privilege(proowner, name, 'SELECT')
     union all
     select 'INSERT on table public.ablycontroltable'
     where $4 and not has_table_privilege('public.ablycontroltable', 'INSERT')
     union all
     select 'DELETE on table public.ablycontroltable'
     where $5 and not has_table_privilege('public.ablycontroltable', 'DELETE')
     union all
     select 'EXECUTE on function ' || oid::regprocedure from pg_proc
     where proname = any ($6) and pronamespace = 'public'::regnamespace
       and not has_function_privilege(oid, 'EXECUTE')`,
    [
      quoted(created),
      quoted(dropped),
      quoted(truncated.map(({ table }) => table)),
      plan.addRoutes.length > 0,
      plan.removeRoutes.length > 0,
      [...new Set(triggers.map((trigger) => trigger.function))],
    ],
  );
  return [
    ...missing.map((row) => row.missing),
    ...(await findRestrictedRows(database, quoted(truncated.map(({ table }) => table)))),
  ];
}
