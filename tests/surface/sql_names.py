"""What PostgreSQL shows to whoever looks: schemas, tables, columns, functions, comments, roles and grants."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import psycopg

READERS = ("casecore_reader", "casecore_internal_reader")

_OURS = "n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'public')"

_SCHEMAS = f"""
select n.nspname::text, coalesce(obj_description(n.oid, 'pg_namespace'), '')
from pg_namespace n where {_OURS} order by 1"""

_RELATIONS = f"""
select n.nspname::text, c.relname::text,
  case c.relkind when 'v' then 'view' when 'm' then 'materialized view' when 'p' then 'partitioned table'
    else 'table' end,
  coalesce(obj_description(c.oid, 'pg_class'), ''),
  array(select a.attname::text from pg_index i cross join unnest(i.indkey) with ordinality k (number, place)
    join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.number
    where i.indrelid = c.oid and i.indisprimary order by k.place)
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'v', 'm', 'p', 'f') and {_OURS} order by 1, 2"""

_COLUMNS = f"""
select n.nspname::text, c.relname::text, a.attname::text,
  format_type(a.atttypid, a.atttypmod) || case when a.attnotnull then ' not null' else '' end,
  coalesce(col_description(c.oid, a.attnum), '')
from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'v', 'm', 'p', 'f') and a.attnum > 0 and not a.attisdropped and {_OURS}
order by 1, 2, a.attnum"""

_FUNCTIONS = f"""
select n.nspname::text, p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')',
  coalesce(pg_get_function_result(p.oid), 'nothing: a procedure'),
  coalesce(obj_description(p.oid, 'pg_proc'), '')
from pg_proc p join pg_namespace n on n.oid = p.pronamespace where {_OURS} order by 1, 2"""

_TYPES = f"""
select n.nspname::text, t.typname::text,
  array(select e.enumlabel::text from pg_enum e where e.enumtypid = t.oid order by e.enumsortorder)
from pg_type t join pg_namespace n on n.oid = t.typnamespace
where t.typtype in ('e', 'd') and {_OURS} order by 1, 2"""

_ROLES = """
select rolname::text, rolcanlogin, rolsuper, rolcreatedb, rolcreaterole, rolinherit
from pg_roles where rolname like 'casecore%' order by length(rolname), 1"""

_GRANTS = f"""
select what, name, array_agg(distinct privilege order by privilege) from (
  select 'schemas' as what, n.nspname::text as name, a.privilege_type::text as privilege, a.grantee
    from pg_namespace n cross join aclexplode(n.nspacl) a where {_OURS}
  union all select 'tables', n.nspname || '.' || c.relname, a.privilege_type, a.grantee
    from pg_class c join pg_namespace n on n.oid = c.relnamespace cross join aclexplode(c.relacl) a
    where {_OURS}
  union all select 'functions', n.nspname || '.' || p.proname, a.privilege_type, a.grantee
    from pg_proc p join pg_namespace n on n.oid = p.pronamespace cross join aclexplode(p.proacl) a
    where {_OURS}
) granted where grantee = (select oid from pg_roles where rolname = '{{reader}}')
group by 1, 2 order by 1, 2"""


def capture_sql(database: str) -> dict[str, Any]:
    """All that is there, by schema; what the reader may do, by kind."""
    with psycopg.connect(database) as connection:

        def ask(query: str) -> list[tuple[Any, ...]]:
            return connection.execute(query.encode()).fetchall()

        return {
            "schemas": _schemas(
                ask(_SCHEMAS), ask(_FUNCTIONS), ask(_TYPES), _tables(ask(_RELATIONS), ask(_COLUMNS))
            ),
            "roles": _roles(ask(_ROLES)),
            "grants": {reader: _grants(ask(_GRANTS.format(reader=reader))) for reader in READERS},
        }


def _tables(
    relations: list[tuple[Any, ...]], columns: list[tuple[Any, ...]]
) -> dict[str, dict[str, dict[str, Any]]]:
    found: defaultdict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
    for schema, name, kind, comment, key in relations:
        found[schema][name] = {"kind": kind, "comment": comment, "primary key": key, "columns": {}}
    for schema, name, column, type_, comment in columns:
        found[schema][name]["columns"][column] = {"type": type_, "comment": comment}
    return found


def _schemas(
    schemas: list[tuple[Any, ...]],
    functions: list[tuple[Any, ...]],
    types: list[tuple[Any, ...]],
    tables: dict[str, dict[str, dict[str, Any]]],
) -> dict[str, Any]:
    return {
        schema: {
            "comment": comment,
            "tables and views": tables.get(schema, {}),
            "functions": {
                name: {"returns": result, "comment": said}
                for of, name, result, said in functions
                if of == schema
            },
            "types": {name: labels for of, name, labels in types if of == schema},
        }
        for schema, comment in schemas
    }


def _roles(rows: list[tuple[Any, ...]]) -> dict[str, dict[str, bool]]:
    names = ("can log in", "is superuser", "creates databases", "creates roles", "inherits")
    return {role: dict(zip(names, can, strict=True)) for role, *can in rows}


def _grants(rows: list[tuple[Any, ...]]) -> dict[str, dict[str, list[str]]]:
    found: dict[str, dict[str, list[str]]] = {"schemas": {}, "tables": {}, "functions": {}}
    for what, name, privileges in rows:
        found[what][name] = privileges
    return found
