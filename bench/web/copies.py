"""All cases in store and views, multiplied: each copy has another reference, and so a stream of its own.

What names a case or its customer is cut out of each row once, and put in for each copy, which takes
PostgreSQL little time; and indexes are made when all rows are there. `differences` says whether the views'
rows of copies are those that follow from the copies' events.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple
from uuid import UUID

import psycopg

from bench.web.without_indexes import hurried, without_indexes
from casecore.contract.streams import CASES, case_stream_id
from casecore.contract.wire import StoredEvent
from casecore.store.log import LogReader
from projections.catalogue import VIEWS
from projections.kit.key_audit.audit import KeyAudit, KeyDifference, Page
from projections.kit.projection import AnyProjection
from projections.kit.tables.summing import sum_up

FIRST_COPY_AT = 1_000
"""The position of the first copied event: below are those of an empty installation, above the originals."""

_AT_ONCE = 2
_OF_CASES = f"topic like '{CASES.type_prefix}%'"
_MAP = """create unlogged table bench_copies (
  case_id uuid not null, copy int not null, new_id uuid not null,
  new_reference text not null)"""
_ORIGINALS = (
    "create unlogged table bench_originals as select case_id, reference, customer from workload.cases"
)
_RANKS = f"""create unlogged table bench_ranks as
select notification_id as position, row_number() over (order by notification_id) - 1 as rank
from casecore.stored_events where {_OF_CASES}"""
_POSITION = f"{FIRST_COPY_AT} + t.rank * (select max(copy) from bench_copies) + m.copy - 1"
_SAMPLE = "select new_id from bench_copies order by md5(new_id::text) limit %s"
_REFERENCE, _CUSTOMER = "chr(1)", "chr(2)"
"""Marks, in no text of the log: where a copy's reference stands, and what makes its customer another one."""


class _Copied(NamedTuple):
    """A table: its columns with their types, that of the case, and which rows of it are of cases.

    `texts` are columns with text that names the case or its customer, and what that text is in SQL;
    `position` is the column of the place in the log, if there is one.
    """

    name: str
    columns: Mapping[str, str]
    key: str
    texts: Mapping[str, str]
    position: str | None = None
    condition: str = "true"


def copy_cases(database: str, copies: int) -> int:
    """Make so many copies of each case that a view has; returns how many cases there are then.

    No runner and no relay is at work meanwhile.
    """
    with hurried(database) as connection:
        connection.execute(_MAP)
        connection.execute(_RANKS)
        connection.execute(_ORIGINALS)
        cases = connection.execute("select case_id, reference from bench_originals").fetchall()
        with connection.cursor().copy("copy bench_copies from stdin") as copy:
            for case_id, reference in cases:
                for number in range(1, copies + 1):
                    new = f"{reference}-{number:03}"
                    copy.write_row((case_id, number, case_stream_id(new), new))
        connection.execute("analyze bench_copies, bench_ranks, bench_originals")
        with ThreadPoolExecutor(_AT_ONCE) as threads:
            list(threads.map(lambda table: _copy(database, table), list(_tables())))
            list(threads.map(lambda view: _sum_up(database, view), VIEWS.values()))
    return len(cases) * (copies + 1)


def differences(database: str, sample: int) -> list[KeyDifference]:
    """What the views have of so many copies that does not follow from their events, as an audit finds it."""
    with psycopg.connect(database) as connection:
        keys = [row[0] for row in connection.execute(_SAMPLE, (sample,))]
    of_cases = [view for view in VIEWS.values() if CASES in view.kinds]
    return [one for view in of_cases for one in _differences(database, view, keys)]


def _differences(database: str, view: AnyProjection, keys: list[UUID]) -> list[KeyDifference]:
    with LogReader(database) as log:

        def read(versions: Mapping[UUID, int]) -> Mapping[UUID, list[StoredEvent]]:
            return {key: log.stream(key)[:version] for key, version in versions.items()}

        audit = KeyAudit(view, database)
        audited = audit.look(Page(dict.fromkeys(keys), UUID(int=0), UUID(int=0)), read)
        audit.close()
    if audited is None or audited.keys != len(keys):
        raise SystemExit(f"not all copies could be compared with their events: {audited}")
    return audited.differences


def _tables() -> Iterator[_Copied]:
    """Those of the store and of all views, the largest first."""
    columns = {
        "originator_id": "uuid", "originator_version": "bigint", "topic": "text", "state": "bytea",
        "notification_id": "bigint", "recorded_at": "timestamptz",
    }  # fmt: skip
    state = {"state": "convert_from(t.state, 'UTF8')"}
    yield _Copied(
        "casecore.stored_events", columns, "originator_id", state, "notification_id", f"t.{_OF_CASES}"
    )
    for view in VIEWS.values():
        if CASES not in view.kinds:
            continue
        for table in view.tables:
            if not table.shared:
                columns = {one.name: one.type for one in table.columns}
                texts = {
                    name: f"t.{name}::text" for name, kind in columns.items() if kind.startswith("jsonb")
                }
                position = "position" if "position" in columns else None
                yield _Copied(f"{view.name}.{table.name}", columns, "case_id", texts, position)
        columns = {"key": "uuid", "version": "bigint", "state": "text", "any_next": "boolean"}
        yield _Copied(f"{view.name}.states", columns, "key", {"state": "t.state"})


def _copy(database: str, table: _Copied) -> None:
    originals = f"bench_of_{table.name.replace('.', '_')}"
    shown = [
        f"{_cut(text)} as {name}" if (text := table.texts.get(name)) else f"t.{name}"
        for name in table.columns
    ]
    ranked = f"join bench_ranks as r on r.position = t.{table.position}" if table.position else ""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("set synchronous_commit to off")
        connection.execute("set work_mem to '256MB'")
        connection.execute("set maintenance_work_mem to '512MB'")
        connection.execute(
            f"""create unlogged table {originals} as
select {", ".join(shown)}{", r.rank" if ranked else ""}
from {table.name} as t {ranked}
join bench_originals as o on o.case_id = t.{table.key}
where {table.condition}{" order by r.rank" if ranked else ""}""".encode()
        )
        connection.execute(f"analyze {originals}".encode())
        values = ", ".join(_value(table, name, kind) for name, kind in table.columns.items())
        with without_indexes(connection, table.name):
            connection.execute(
                f"""insert into {table.name} ({", ".join(table.columns)})
select {values} from {originals} as t join bench_copies as m on m.case_id = t.{table.key}""".encode()
            )
        connection.execute(f"drop table {originals}".encode())


def _sum_up(database: str, view: AnyProjection) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("set synchronous_commit to off")
        connection.execute("set work_mem to '256MB'")
        for table in view.sums:
            connection.execute(f"truncate {view.name}.{table.name}".encode())
        if view.sums:
            connection.execute(
                f"analyze {', '.join(f'{view.name}.{one.name}' for one in view.tables)}".encode()
            )
        sum_up(connection, view, view.name)


def _value(table: _Copied, name: str, kind: str) -> str:
    if name in table.texts:
        text = f"replace(replace(t.{name}, {_REFERENCE}, m.new_reference), {_CUSTOMER}, m.copy::text)"
        if kind.startswith("bytea"):
            return f"convert_to({text}, 'UTF8')"
        return f"{text}::jsonb" if kind.startswith("jsonb") else text
    values = {
        table.key: "m.new_id",
        table.position: _POSITION,
        "reference": "m.new_reference",
        "customer": "t.customer || ' ' || m.copy",
    }
    return values.get(name, f"t.{name}")


def _cut(text: str) -> str:
    """A text in which marks stand for what names the case `o` and its customer."""
    case = f"""replace({text}, '"' || o.reference || '"', '"' || {_REFERENCE} || '"')"""
    return f"""replace({case}, '"' || o.customer || '"', '"' || o.customer || ' ' || {_CUSTOMER} || '"')"""
