"""The kit's SQL. `schema` is always a projection's name or one derived from it, so it needs no quoting."""

from __future__ import annotations

from projections.kit.projection import AnyProjection, Table
from projections.kit.tables.copy_text import COPY_OPTIONS

READER = "casecore_reader"

STATES = """create table {schema}.states (
  key uuid primary key, version bigint not null, state text, any_next boolean not null
) with (fillfactor = 70)"""

OFFSETS = """create table {schema}.offsets (
  topic text, partition int, topic_id text not null, next_offset bigint not null, owner uuid,
  primary key (topic, partition)
)"""

QUARANTINE = """create table {schema}.quarantine (
  topic text, partition int, record_offset bigint,
  key bytea not null, reason text not null, detail text not null,
  record_key bytea, record_value bytea, record_headers bytea not null,
  parked_at timestamptz not null default now(),
  primary key (topic, partition, record_offset)
)"""

# A hash, since a hostile key may be longer than a B-tree takes.
QUARANTINE_BY_KEY = "create index on {schema}.quarantine using hash (key)"

SKIPPED = """create table {schema}.skipped (
  topic text, partition int, record_offset bigint,
  key bytea not null, reason text not null, detail text not null,
  decision text not null, skipped_at timestamptz not null default now(), version bigint,
  primary key (topic, partition, record_offset)
)"""

ABOUT = """create table {schema}.about (
  version int not null, shape text not null, build uuid not null, built_at timestamptz not null default now()
)"""

OWN_TABLES = (STATES, OFFSETS, QUARANTINE, QUARANTINE_BY_KEY, SKIPPED, ABOUT)

OWN_COMMENTS = {
    "states": (
        "What the runner folds on from, for each key; not meant for readers.",
        {
            "key": "The stream's id.",
            "version": "Version of the last event folded, or left out.",
            "state": "The state as JSON; null before the first event that the view reads.",
            "any_next": "Whether the next event may have any later version, since a record was skipped.",
        },
    ),
    "offsets": (
        "How far the view has come in each partition of its topics.",
        {
            "topic": "The topic's name.",
            "partition": "The partition's number.",
            "topic_id": "The topic's own id, by which a topic made anew is noticed.",
            "next_offset": "Offset of the next record to fold.",
            "owner": "The runner that may write; it changes whenever another takes the partition over.",
        },
    ),
    "quarantine": (
        "Records that could not be applied, and all that follow them under the same key, in order.",
        {
            "topic": "The record's topic.",
            "partition": "The record's partition.",
            "record_offset": "The record's offset.",
            "key": "The stream's id as text; the record's own key where that is no id.",
            "reason": "Why it is parked, as one word.",
            "detail": "What was wrong.",
            "record_key": "The record's key.",
            "record_value": "The record's value.",
            "record_headers": "The record's headers, as MessagePack: a list of name and value.",
            "parked_at": "When it was parked.",
        },
    ),
    "skipped": (
        "Records that an operator decided to leave out; a rebuild leaves them out too.",
        {
            "topic": "The record's topic.",
            "partition": "The record's partition.",
            "record_offset": "The record's offset.",
            "key": "The stream's id as text; the record's own key where that is no id.",
            "reason": "Why it was parked.",
            "detail": "What was wrong.",
            "decision": "Why it was left out, in the operator's words.",
            "skipped_at": "When that was decided.",
            "version": "The version that the record bears itself; null where it cannot be read.",
        },
    ),
    "about": (
        "By which version of the projection the view was built.",
        {
            "version": "The projection's version.",
            "shape": "A hash of its tables, SQL views and the form of its states.",
            "build": "A new id for each building.",
            "built_at": "When it was created.",
        },
    ),
}

CREATE_READER = f"""do $$ begin
  if not exists (select from pg_roles where rolname = '{READER}') then create role {READER} nologin; end if;
exception when duplicate_object or unique_violation then null;
end $$"""

GRANT_SCHEMA = f"grant usage on schema {{schema}} to {READER}"
GRANT_SELECT = f"grant select on {{schema}}.{{name}} to {READER}"
VIEWS_OF = "select table_name::text from information_schema.views where table_schema = %s order by 1"

LOCK_CREATION = "select pg_advisory_xact_lock(hashtextextended('casecore.projections.create.' || %s, 0))"
_REBUILD = "hashtextextended('casecore.projections.rebuild.' || %s, 0)"
LIMIT_TURN = "select set_config('lock_timeout', %s, true)"
LOCK_REBUILD = f"select pg_advisory_lock({_REBUILD})"
TRY_LOCK_REBUILD = f"select pg_try_advisory_lock({_REBUILD})"
REBUILD_AWAITED = f"""select exists (select from pg_locks
  where locktype = 'advisory' and not granted
  and database = (select oid from pg_database where datname = current_database())
  and (classid::bigint << 32) | objid::bigint = {_REBUILD})"""
UNLOCK_REBUILD = f"select pg_advisory_unlock({_REBUILD})"
SCHEMA_EXISTS = "select exists (select from pg_namespace where nspname = %s)"
DROP_SCHEMA = "drop schema if exists {schema} cascade"
CREATE_SCHEMA = "create schema {schema}"
RENAME_SCHEMA = "alter schema {schema} rename to {new}"
INSERT_ABOUT = "insert into {schema}.about (version, shape, build) values (%s, %s, gen_random_uuid())"
SELECT_ABOUT = "select version, shape from {schema}.about"
SELECT_BUILD = "select build from {schema}.about"

# The order of locking is that of the key, here and in every statement on offsets, so that nobody deadlocks.
CLAIM = """insert into {schema}.offsets as o (topic, partition, topic_id, next_offset, owner)
select t.topic, t.partition, t.topic_id, 0, %s
from unnest(%s::text[], %s::int[], %s::text[]) as t (topic, partition, topic_id) order by 1, 2
on conflict (topic, partition) do update set owner = excluded.owner
returning topic, partition, topic_id, next_offset"""

_GIVEN = """unnest(%(topics)s::text[], %(partitions)s::int[], %(nexts)s::bigint[])
  as t (topic, partition, next_offset)"""

ADVANCE = f"""with mine as (
  select o.topic, o.partition, t.next_offset from {{schema}}.offsets o join {_GIVEN}
  on o.topic = t.topic and o.partition = t.partition
  where o.owner = %(owner)s and o.next_offset <= t.next_offset
  order by 1, 2 for update of o
)
update {{schema}}.offsets o set next_offset = mine.next_offset from mine
where o.topic = mine.topic and o.partition = mine.partition"""

OFFSETS_NOW = "select topic, partition, topic_id, next_offset from {schema}.offsets order by 1, 2"
OFFSETS_LOCKED = OFFSETS_NOW + " for update"
PLACE_OFFSETS = """insert into {schema}.offsets (topic, partition, topic_id, next_offset, owner)
values (%s, %s, %s, %s, %s)"""
FENCE_ALL = "update {schema}.offsets set owner = null"

LOAD_STATES = "select key, version, state, any_next from {schema}.states where key = any(%s)"
LOAD_PARKED = "select distinct key from {schema}.quarantine where key = any(%s)"
FOLDED_EVENTS = "select coalesce(sum(version), 0)::bigint from {schema}.states"
STATE_VERSION = "select version, any_next from {schema}.states where key = %s"
IS_PARKED = "select exists (select from {schema}.quarantine where key = %s)"
WAS_SKIPPED = "select exists (select from {schema}.skipped where key = %s and version = %s)"

PARK = """insert into {schema}.quarantine
(topic, partition, record_offset, key, reason, detail, record_key, record_value, record_headers)
values (%s, %s, %s, %s, %s, %s, %s, %s, %s)"""

QUARANTINE_SIZE = "select count(distinct key), count(*) from {schema}.quarantine"
# What stopped the key comes before all that waits behind it, although it may stand in another partition.
_IN_ORDER = "reason = 'behind', topic, partition, record_offset"
FIRST_PARKED = f"""select distinct on (key) key, topic, partition, record_offset, reason, detail,
  parked_at, count(*) over (partition by key)
from {{schema}}.quarantine order by key, {_IN_ORDER}"""
PARKED_OF = f"""select topic, partition, record_offset, record_key, record_value, record_headers,
  reason, detail from {{schema}}.quarantine where key = %s order by {_IN_ORDER}"""
RELEASE = """delete from {schema}.quarantine
where topic = %s and partition = %s and record_offset = %s"""
STILL_PARKED = """update {schema}.quarantine set reason = %s, detail = %s
where topic = %s and partition = %s and record_offset = %s"""
PARKED_REASON = """select reason, detail from {schema}.quarantine
where topic = %s and partition = %s and record_offset = %s"""
RECORD_SKIP = """insert into {schema}.skipped
(topic, partition, record_offset, key, version, reason, detail, decision)
values (%s, %s, %s, %s, %s, %s, %s, %s)"""
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

# What others made stands in another schema than what it stands on. Rules, constraints, defaults, triggers
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

# For the following audit: what a view has of some keys, and keys that it has and the log does not.
HELD_VERSIONS = "select key, version from {schema}.states where key = any(%s)"
STATES_BETWEEN = """select key from {schema}.states
where key > %s and key <= %s and key <> all(%s) order by key limit %s"""
LOAD_SKIPPED = "select distinct key from {schema}.skipped where key = any(%s)"

STATE_COLUMNS = ("key", "version", "state", "any_next")


def incoming_table(schema: str, table: str) -> str:
    """A session's own table into which rows are copied before they are merged."""
    return f"create temporary table incoming_{table} (like {schema}.{table}) on commit delete rows"


def empty_incoming(table: str) -> str:
    """Forget what was copied for a table."""
    return f"delete from incoming_{table}"


def copy_in(target: str, columns: tuple[str, ...]) -> str:
    """Rows as `text.copy_text` writes them, from the client."""
    return f"copy {target} ({', '.join(columns)}) from stdin ({COPY_OPTIONS})"


def merge(schema: str, table: str, columns: tuple[str, ...], key: tuple[str, ...]) -> str:
    """Rows from the session's own table into the view's, touching only what differs."""
    names = ", ".join(columns)
    return f"insert into {schema}.{table} as t ({names}) select {names} from incoming_{table} " + _upsert(
        columns, key
    )


def merge_shared(schema: str, table: str, columns: tuple[str, ...], key: tuple[str, ...]) -> str:
    """The same for a table whose rows several writers may bring: what stands there already locks nothing.

    What is written is locked in the order of its key, so that no two writers wait for each other.
    """
    names, keys = ", ".join(columns), ", ".join(key)
    same = " and ".join(
        f"l.{name} = i.{name}" if name in key else f"l.{name} is not distinct from i.{name}"
        for name in columns
    )
    return (
        f"insert into {schema}.{table} as t ({names}) select {names} from incoming_{table} as i "
        f"where not exists (select from {schema}.{table} as l where {same}) order by {keys} "
    ) + _upsert(columns, key)


def merge_states(schema: str) -> str:
    """The same for states; none goes back to an earlier version."""
    return merge(schema, "states", STATE_COLUMNS, ("key",)) + " and excluded.version >= t.version"


def _upsert(columns: tuple[str, ...], key: tuple[str, ...]) -> str:
    rest = [name for name in columns if name not in key]
    changes = ", ".join(f"{name} = excluded.{name}" for name in rest)
    old, new = (", ".join(f"{side}.{name}" for name in rest) for side in ("t", "excluded"))
    return f"on conflict ({', '.join(key)}) do update set {changes} where ({old}) is distinct from ({new})"


def delete_unshown(schema: str, table: str, columns: tuple[str, ...], key: tuple[str, ...]) -> str:
    """Of some streams, the rows that are not in the session's own table; the first column is the stream."""
    same = " and ".join(f"i.{name} = t.{name}" for name in key)
    return (
        f"delete from {schema}.{table} as t where t.{columns[0]} = any(%s) "
        f"and not exists (select from incoming_{table} as i where {same})"
    )


def differing(
    schema: str, table: str, columns: tuple[str, ...], key: tuple[str, ...], *, by_stream: bool
) -> str:
    """Rows of a table that are not as they are given as JSON, in the text form of each side.

    `by_stream`: the key begins with the stream's id, and rows of these streams that are not given differ
    too. Else only the rows with the given keys are looked at.
    """
    names, keys = ", ".join(columns), ", ".join(key)
    wanted = f"{key[0]} = any(%(keys)s)" if by_stream else f"({keys}) in (select {keys} from expected)"
    return (
        f"with expected as materialized (select {names} "
        f"from json_populate_recordset(null::{schema}.{table}, %(expected)s::json)), "
        f"live as materialized (select {names} from {schema}.{table} where {wanted}) "
        f"select row_to_json(l)::text, row_to_json(e)::text from live l full join expected e "
        f"using ({keys}) where l::text is distinct from e::text order by {keys} limit %(most)s"
    )


def create_table(schema: str, table: Table) -> list[str]:
    """A declared table, with its key, indexes and comments."""
    columns = ", ".join(f"{column.name} {column.type}" for column in table.columns)
    name = f"{schema}.{table.name}"
    # Room on each page for the new version of a row, so that its indexes need not change.
    room = "" if table.append_only else " with (fillfactor = 70)"
    statements = [f"create table {name} ({columns}, primary key ({', '.join(table.key)})){room}"]
    statements += [f"create index on {name} ({', '.join(index)})" for index in table.indexes]
    statements += comments(schema, table.name, table.comment, {c.name: c.comment for c in table.columns})
    return statements


def comments(schema: str, table: str, comment: str, columns: dict[str, str]) -> list[str]:
    """What a table and its columns mean."""
    return [
        f"comment on table {schema}.{table} is {literal(comment)}",
        *(f"comment on column {schema}.{table}.{name} is {literal(text)}" for name, text in columns.items()),
    ]


def create_view(schema: str, projection: AnyProjection) -> list[str]:
    """Everything of a projection's schema, without its SQL views and grants."""
    statements = [CREATE_SCHEMA.format(schema=schema)]
    statements.append(f"comment on schema {schema} is {literal(projection.comment)}")
    statements += [table.format(schema=schema) for table in OWN_TABLES]
    for name, (comment, columns) in OWN_COMMENTS.items():
        statements += comments(schema, name, comment, columns)
    for table in projection.tables:
        statements += create_table(schema, table)
    return statements


def literal(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"
