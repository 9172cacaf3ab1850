"""The SQL of rebuilds and audits."""

from __future__ import annotations

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
    pg_describe_object(f.classid, f.objid, 0)) as name, pg_get_userbyid(c.relowner) as owner,
    coalesce(n.nspname, (pg_identify_object(f.classid, f.objid, 0)).schema, '') as schema
  from found f left join pg_class c on c.oid = f.relation left join pg_namespace n on n.oid = c.relnamespace
)
select distinct name, owner, schema from named
where schema <> %(schema)s and schema <> 'pg_toast' order by 1, 3"""

# From PostgreSQL 16 on, the number in the name of a session's temporary schema is that of its backend.
TEMPORARY_OF = """select a.pid, pg_get_userbyid(a.usesysid), coalesce(a.application_name, ''),
  coalesce(host(a.client_addr), '')
from pg_stat_activity a
where current_setting('server_version_num')::int >= 160000
  and a.pid = pg_stat_get_backend_pid(substring(%s from '^pg_temp_([0-9]+)$')::int)"""

COPY_ORDERED = "copy (select {columns} from {schema}.{table} order by {key}) to stdout"
