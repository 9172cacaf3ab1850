"""What readers may rely on: documented columns, a role that reads and does not write, sums that agree."""

from __future__ import annotations

from dataclasses import replace
from enum import Enum

import msgspec
import psycopg
import pytest

from projections.catalogue import VIEWS
from projections.kit.errors import ViewOutdated
from projections.kit.projection import AnyProjection
from projections.kit.roles import READER
from projections.kit.tables import ddl, own_tables, schema
from projections.workload.projection import WORKLOAD
from tests.projections.histories import ESCALATE, HAND_BACK, REOPEN, RESOLVE, TAKE, history
from tests.projections.live import Place, until

each_view = pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)

UNDOCUMENTED = """select c.relname, a.attname from pg_class c
join pg_attribute a on a.attrelid = c.oid and a.attnum >= 0 and not a.attisdropped
where c.relnamespace = %s::regnamespace and c.relkind in ('r', 'v')
  and col_description(c.oid, a.attnum) is null
union all
select c.relname, null from pg_class c where c.relnamespace = %s::regnamespace and c.relkind in ('r', 'v')
  and obj_description(c.oid) is null"""


@each_view
def test_every_table_view_and_column_is_documented(view: AnyProjection, database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        schema.ensure(connection, view)
        assert connection.execute(UNDOCUMENTED, (view.name, view.name)).fetchall() == []


@each_view
def test_the_reader_reads_rows_and_views_and_neither_writes_nor_sees_states(
    view: AnyProjection, database: str
) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        schema.ensure(connection, view)
        views = [row[0] for row in connection.execute(ddl.VIEWS_OF, (view.name,))]
        connection.execute(f"set role {READER}")
        for name in (*(table.name for table in view.tables if table.read_by == READER), *views):
            connection.execute(f"select * from {view.name}.{name}")
        for table in view.tables:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(f"delete from {view.name}.{table.name}")
        for hidden in ("states", "quarantine", "offsets"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(f"select * from {view.name}.{hidden}")


def test_the_backlog_of_each_day_adds_up_to_the_cases_that_are_open(place: Place) -> None:
    # given: cases that were resolved, reopened, bounced, and left open, over many days
    histories = [[], [TAKE], [TAKE, RESOLVE], [TAKE, RESOLVE, REOPEN], [TAKE, ESCALATE, HAND_BACK, ESCALATE]]
    place.send([event for n in range(25) for event in history(f"K-{n}", histories[n % 5])])
    with place.running(WORKLOAD):
        until(lambda: place.one("select count(*) from workload.cases") == 25, "all are folded")
        until(lambda: place.one("select sum(bounces) from workload.cases") == 5, "all are folded")
    still_open = place.one("select count(*) from workload.cases where is_open")
    assert still_open == 20
    assert place.ask("select came_in, went_out, backlog from workload.backlog_by_day") == [(30, 10, 20)]
    for view in ("level", "organisation", "agent", "priority", "age"):
        assert place.one(f"select sum(cases) from workload.backlog_by_{view}") == still_open
    assert place.one("select count(*) from workload.bounced_cases") == 5
    assert place.ask(
        "select seller, resolved, resolved_at_first_level, percent from workload.first_level_resolution"
    ) == [("seller", 5, 5, 100)]
    assert place.ask("select up, down, bounces, reopened from workload.moves_by_month") == [(10, 5, 5, 5)]


def test_a_day_is_a_day_in_berlin(database: str) -> None:
    # given: a case opened at 23:30 UTC on 31 May, when it is 1 June in Berlin
    with psycopg.connect(database, autocommit=True) as connection:
        schema.ensure(connection, WORKLOAD)
        connection.execute(
            "insert into workload.case_moves values (gen_random_uuid(), 1, '2024-05-31 23:30+00', "
            "'opened', 'opened', null, 'seller', 1, 0, 0, 0, 0, 0)"
        )
        days = connection.execute("select day::text, backlog from workload.backlog_by_day").fetchall()
    assert days == [("2024-06-01", 1)]


def with_state(field: str, words: str) -> AnyProjection:
    """The workload with a state that has this one field."""
    state = msgspec.defstruct("State", [(field, int)], namespace={"__doc__": words})
    return replace(WORKLOAD, state=state)


def test_a_view_built_otherwise_is_noticed_although_its_version_is_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first, *rest = WORKLOAD.tables
    others = [
        with_state("count", "Counts."),
        with_state("total", "Counts."),
        replace(WORKLOAD, tables=(replace(first, append_only=not first.append_only), *rest)),
        replace(WORKLOAD, tables=(replace(first, indexes=()), *rest)),
        replace(WORKLOAD, tables=(replace(first, read_by="another"), *rest)),
        replace(WORKLOAD, views=WORKLOAD.views + " "),
    ]
    shapes = [schema.shape(view) for view in (WORKLOAD, *others)]
    assert len(set(shapes)) == len(shapes)
    # and so is a change of the tables that the kit adds
    monkeypatch.setattr(own_tables, "OWN_TABLES", (*own_tables.OWN_TABLES, "create table {schema}.more ()"))
    assert schema.shape(replace(WORKLOAD, version=WORKLOAD.version + 1)) not in shapes
    # but the words about a state are not stored
    assert schema.shape(with_state("count", "Other words.")) == schema.shape(with_state("count", "Counts."))


def with_words(*words: str) -> AnyProjection:
    """The workload with a state that has one word of these."""
    enumeration = Enum("Where", [(word.upper(), word) for word in words])
    return replace(WORKLOAD, state=msgspec.defstruct("State", [("where", enumeration)]))


def test_a_word_that_is_added_to_a_state_makes_no_other_view() -> None:
    assert schema.shape(with_words("here", "there")) == schema.shape(with_words("here", "there", "beyond"))


@pytest.mark.parametrize("name", [name for name, view in VIEWS.items() if view.taken_over])
def test_a_view_that_an_earlier_program_built_is_taken_over_as_it_is(name: str, database: str) -> None:
    view = VIEWS[name]
    # Given a view as bee97ac built it: its form was hashed with the words of its enumerations
    with psycopg.connect(database, autocommit=True) as connection:
        schema.ensure(connection, view)
        assert view.taken_over is not None
        for earlier in view.taken_over.earlier:
            connection.execute(f"update {view.name}.about set shape = %s".encode(), (earlier,))
            # Then this program keeps it, and not one that was built otherwise
            schema.require(connection, view)
        with pytest.raises(ViewOutdated):
            schema.require(connection, replace(view, views=view.views + " "))
        connection.execute(f"update {view.name}.about set shape = 'another'".encode())
        with pytest.raises(ViewOutdated):
            schema.require(connection, view)
