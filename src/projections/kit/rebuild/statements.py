"""The SQL of rebuilds and audits."""

from __future__ import annotations

_REBUILD = "hashtextextended('casecore.projections.rebuild.' || %s, 0)"
LIMIT_WAIT = "select set_config('lock_timeout', %s, true)"
LOCK_REBUILD = f"select pg_advisory_lock({_REBUILD})"
TRY_LOCK_REBUILD = f"select pg_try_advisory_lock({_REBUILD})"
REBUILD_AWAITED = f"""select exists (select from pg_locks
  where locktype = 'advisory' and not granted
  and database = (select oid from pg_database where datname = current_database())
  and (classid::bigint << 32) | objid::bigint = {_REBUILD})"""
UNLOCK_REBUILD = f"select pg_advisory_unlock({_REBUILD})"
DROP_SCHEMA = "drop schema if exists {schema} cascade"
RENAME_SCHEMA = "alter schema {schema} rename to {new}"

SKIPPED_PLACES = "select topic, partition, record_offset from {schema}.skipped"
QUARANTINED_PLACES = (
    "select topic, partition, record_offset from {schema}.quarantine where reason <> 'behind'"
)
COPY_SKIPPED = "insert into {new}.skipped select * from {schema}.skipped"

# While a swap holds the runner up, nobody waits for a rebuild that has frozen for longer than this.
LIMIT_SWAP = "set local idle_in_transaction_session_timeout = '30s'"

RELATIONS_OF = """select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname = %s and c.relkind in ('r', 'p', 'v') order by c.oid"""
LOCK_RELATIONS = "lock table {relations} in access exclusive mode"
LOCKED_BY = """select distinct l.pid from pg_locks l join pg_class c on c.oid = l.relation
join pg_namespace n on n.oid = c.relnamespace
where n.nspname = %s and l.pid <> pg_backend_pid()
  and l.database = (select oid from pg_database where datname = current_database()) order by 1"""

# What others made is in another schema than what it depends on. Rules, constraints, defaults, triggers
# and policies have no schema, but the table or view that they belong to has.
DEPENDENTS = """with inside (classid, objid) as (
  select 'pg_class'::regclass::oid, oid from pg_class where relnamespace = to_regnamespace(%(schema)s)
  union all select 'pg_type'::regclass, oid from pg_type where typnamespace = to_regnamespace(%(schema)s)
  union all select 'pg_proc'::regclass, oid from pg_proc where pronamespace = to_regnamespace(%(schema)s)
), found as (
  select d.classid, d.objid, coalesce(r.ev_class, k.conrelid, f.adrelid, t.tgrelid, p.polrelid,
    case when d.classid = 'pg_class'::regclass then d.objid end) as relation
  from pg_depend d join inside i on i.classid = d.refclassid and i.objid = d.refobjid
  left join pg_rewrite r on d.classid = 'pg_rewrite'::regclass and r.oid = d.objid
  left join pg_constraint k on d.classid = 'pg_constraint'::regclass and k.oid = d.objid and k.conrelid <> 0
  left join pg_attrdef f on d.classid = 'pg_attrdef'::regclass and f.oid = d.objid
  left join pg_trigger t on d.classid = 'pg_trigger'::regclass and t.oid = d.objid
  left join pg_policy p on d.classid = 'pg_policy'::regclass and p.oid = d.objid
), named as (
  select coalesce(pg_describe_object('pg_class'::regclass, f.relation, 0),
    pg_describe_object(f.classid, f.objid, 0)) as name,
    coalesce(n.nspname, (pg_identify_object(f.classid, f.objid, 0)).schema, '') as schema
  from found f left join pg_class c on c.oid = f.relation left join pg_namespace n on n.oid = c.relnamespace
)
select distinct name from named where schema <> %(schema)s and schema <> 'pg_toast' order by 1"""

COPY_ORDERED = "copy (select {columns} from {schema}.{table} order by {key}) to stdout"
