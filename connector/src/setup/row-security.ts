import type { Queryable } from '../database.ts';
import { HIDES_ROWS } from '../errors.ts';

/**
 * Returns what row-level security keeps from the roles that move row changes, in the words of a
 * missing right. A policy that hides rows raises no error: without this, the outbox seems empty.
 * Access is complete where the policies of a role are `true`; anything else may hide a row.
 * @param truncated checks only these tables, by their quoted names, whose TRUNCATE is to be captured
 */
export async function findRestrictedRows(
  database: Queryable,
  truncated: readonly string[] | null = null,
): Promise<string[]> {
  const rows = await database.query<{ restricted: string }>(
    `with needed (relation, role, commands, purpose) as (
       select ('public.' || name)::regclass::oid, (select oid from pg_roles where rolname = current_user),
         commands, ''
       from (values
         ('outbox', '{SELECT,UPDATE,DELETE}'::text[]),
         ('outbox_batches', '{SELECT,INSERT,UPDATE,DELETE}'),
         ('outbox_set_aside', '{SELECT,INSERT}'),
         ('nodes', '{SELECT,INSERT,UPDATE,DELETE}'),
         ('ablycontroltable', '{SELECT}')
       ) as own (name, commands)
       where $1::text[] is null
       union
       select 'public.outbox'::regclass, proowner, '{INSERT}'::text[], ', which owns ' || oid::regprocedure
       from pg_proc where oid = 'public.outbox_capture_insert'::regproc and $1::text[] is null
       union
       select captured.relation, proowner, '{SELECT}'::text[], ', which owns ' || pg_proc.oid::regprocedure
       from pg_proc cross join (
         select tgrelid from pg_trigger
         where tgfoid = 'public.outbox_capture_truncate'::regproc and $1::text[] is null
         union select name::regclass from unnest($1::text[]) as name
       ) as captured (relation)
       where pg_proc.oid = 'public.outbox_capture_truncate'::regproc
     )
     select string_agg(command, ', ') || ' of every row of table ' || relation::regclass
       || ' for role ' || role::regrole || purpose || $2::text
       as restricted
     from needed
     join pg_class on pg_class.oid = relation
     join pg_roles on pg_roles.oid = role
     cross join unnest(commands) with ordinality as listed (command, position)
     cross join lateral (
       select
         coalesce(bool_or(polpermissive and is_open), false) as is_allowed,
         coalesce(bool_or(not polpermissive and not is_open), false) as is_narrowed
       from pg_policy cross join lateral (
         select coalesce(pg_get_expr(polqual, polrelid), 'true') = 'true'
           and coalesce(pg_get_expr(polwithcheck, polrelid), 'true') = 'true' as is_open
       ) as policy
       where polrelid = relation
         and polcmd in ('*', case command
           when 'SELECT' then 'r' when 'INSERT' then 'a' when 'UPDATE' then 'w' else 'd' end)
         and exists (
           select from unnest(polroles) as member
           where member = 0 or pg_has_role(role, member, 'USAGE')
         )
     ) as policies
     where relrowsecurity and not rolsuper and not rolbypassrls
       and (relforcerowsecurity or not pg_has_role(role, relowner, 'USAGE'))
       and (not is_allowed or is_narrowed)
     group by relation, role, purpose
     order by 1`,
    [truncated, HIDES_ROWS],
  );
  return rows.map(({ restricted }) => restricted);
}
