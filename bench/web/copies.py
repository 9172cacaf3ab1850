"""All cases in store and views, multiplied: each copy has another reference, and so a stream of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor

import psycopg

from casecore.contract.streams import CASES, case_stream_id
from projections.catalogue import VIEWS

FIRST_COPY_AT = 1_000
"""The position of the first copied event: below are those of an empty installation, above the originals."""

_AT_ONCE = 2
_PREFIX = f"{CASES.type_prefix}%"
_MAP = """create unlogged table bench_copies (
  case_id uuid not null, reference text not null, copy int not null, new_id uuid not null,
  new_reference text not null, primary key (case_id, copy))"""
_EVENTS = f"""insert into casecore.stored_events
  (originator_id, originator_version, topic, state, notification_id, recorded_at)
select m.new_id, e.originator_version, e.topic, {{state}}, {FIRST_COPY_AT} + row_number() over (
  order by m.copy, e.notification_id),
  (select min(recorded_at) from casecore.stored_events where topic like %s)
from casecore.stored_events as e join bench_copies as m on m.case_id = e.originator_id"""


def copy_cases(database: str, copies: int) -> int:
    """Make so many copies of each case that a view has; returns how many cases there are then.

    No runner and no relay is at work meanwhile.
    """
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(_MAP)
        cases = connection.execute("select case_id, reference from workload.cases").fetchall()
        with connection.cursor().copy("copy bench_copies from stdin") as copy:
            for case_id, reference in cases:
                for number in range(1, copies + 1):
                    new = f"{reference}-{number:03}"
                    copy.write_row((case_id, reference, number, case_stream_id(new), new))
        connection.execute("analyze bench_copies")
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        list(threads.map(lambda text: _run(database, text), list(_statements())))
    return len(cases) * (copies + 1)


def _run(database: str, text: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("set synchronous_commit to off")
        connection.execute("set work_mem to '256MB'")
        connection.execute(text, (_PREFIX,) if "%s" in text else None)


def _statements() -> Iterator[str]:
    """One for each table, the largest first."""
    state = "convert_to({}, 'UTF8')".format(_replaced("convert_from(e.state, 'UTF8')"))
    yield _EVENTS.format(state=state)
    for view in VIEWS.values():
        if CASES not in view.kinds:
            continue
        for table in view.tables:
            if not table.shared:
                columns = {one.name: one.type for one in table.columns}
                yield _insert(f"{view.name}.{table.name}", columns, "case_id")
        states = {"key": "uuid", "version": "bigint", "state": "text", "any_next": "boolean"}
        yield _insert(f"{view.name}.states", states, "key")


def _insert(table: str, columns: Mapping[str, str], key: str) -> str:
    values = ", ".join(_value(name, kind, key) for name, kind in columns.items())
    return f"""insert into {table} ({", ".join(columns)})
select {values} from {table} as t join bench_copies as m on m.case_id = t.{key}"""


def _value(name: str, kind: str, key: str) -> str:
    if name == key:
        return "m.new_id"
    if name == "reference":
        return "m.new_reference"
    if name == "customer":
        return "t.customer || ' ' || m.copy"
    if name == "state" and key == "key":
        return _replaced("t.state")
    if kind.startswith("jsonb"):
        return f"{_replaced(f't.{name}::text')}::jsonb"
    return f"t.{name}"


def _replaced(text: str) -> str:
    """What names the case, or its customer, names the copy and its own."""
    case = f"""replace({text}, '"' || m.reference || '"', '"' || m.new_reference || '"')"""
    return f"""regexp_replace({case}, '("customer": ?"[^"]*)"', '\\1 ' || m.copy || '"')"""
