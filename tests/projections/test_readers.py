"""What a reader of the database finds: every table, view and column that its role may read, searched."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from uuid import uuid4

import psycopg
import pytest

from casecore.app.deciders import DECIDERS
from casecore.cases import commands as c
from casecore.commands.bus import CommandBus
from casecore.contract.cases import Audience
from casecore.store.migrations import migrate
from projections.catalogue import VIEWS
from projections.kit.rebuild.comparison import Side, compare
from projections.kit.roles import INTERNAL_READER, READER, create_role
from projections.kit.tables import schema
from projections.timeline.projection import TIMELINE
from projections.timeline.queries import timeline_of
from tests.projections.histories import OPEN, SYSTEM, TAKE, history
from tests.projections.stored import fold_store

PUBLIC, SECRET = "the port was closed", "he shouts at everybody"
INTERNAL = c.PostMessage(text=SECRET, audience=Audience.INTERNAL, readers=("seller",))

# Everything with rows that the role may read a column of, in every schema but PostgreSQL's own.
_READABLE = """select format('%%I.%%I', n.nspname, c.relname), string_agg(quote_ident(a.attname), ', ')
from pg_class c join pg_namespace n on n.oid = c.relnamespace
join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where c.relkind in ('r', 'v', 'm', 'p', 'f') and n.nspname not in ('pg_catalog', 'information_schema')
  and has_schema_privilege(%(role)s, n.oid, 'usage')
  and has_column_privilege(%(role)s, c.oid, a.attnum, 'select')
group by n.nspname, c.relname"""

# What runs with its owner's privileges would read more than the role may.
_ACTING_FOR_OTHERS = """select p.oid::regprocedure::text from pg_proc p
join pg_namespace n on n.oid = p.pronamespace
where p.prosecdef and n.nspname not in ('pg_catalog', 'information_schema')"""


@pytest.fixture
def filled(database: str) -> str:
    """A store and all views, with a public and an internal message; another internal one is parked."""
    migrate(database)
    with CommandBus(database, DECIDERS, "vendor") as bus:
        for do in (OPEN, TAKE, c.PostMessage(text=PUBLIC), INTERNAL):
            bus.give(c.CaseCommand(command_id=uuid4(), actor=SYSTEM, case="K-1", do=do))
    *_, out_of_place = history("K-2", [TAKE, INTERNAL])
    for view in VIEWS.values():
        assert fold_store(database, view, [out_of_place]) == 1
    return database


@contextmanager
def as_role(database: str, role: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(f"set role {role}".encode())
        yield connection


def found_in(connection: psycopg.Connection, role: str, text: str) -> set[str]:
    """Where the role finds a text: as text, within JSON, or as bytes."""
    found = set()
    readable = connection.execute(_READABLE, {"role": role}).fetchall()
    assert readable
    for name, columns in readable:
        query = f"select count(*) from (select {columns} from {name}) as t where t::text ~ %s"
        counted = connection.execute(query.encode(), (f"{text}|{text.encode().hex()}",)).fetchone()
        if counted and counted[0]:
            found.add(name)
    return found


def test_no_table_and_no_view_gives_a_reader_the_text_of_an_internal_message(filled: str) -> None:
    with as_role(filled, READER) as connection:
        assert found_in(connection, READER, PUBLIC) == {"timeline.events"}
        assert found_in(connection, READER, SECRET) == set()
        assert connection.execute(_ACTING_FOR_OTHERS).fetchall() == []


def test_the_reader_of_internal_messages_gets_these_and_nothing_else(filled: str) -> None:
    with as_role(filled, INTERNAL_READER) as connection:
        assert found_in(connection, INTERNAL_READER, SECRET) == {"timeline.internal_messages"}
        assert found_in(connection, INTERNAL_READER, PUBLIC) == set()
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("delete from timeline.internal_messages")


def test_the_owner_finds_it_in_the_store_the_quarantines_and_that_table(filled: str) -> None:
    # Then the search finds what there is
    with psycopg.connect(filled, autocommit=True) as connection:
        [(owner,)] = connection.execute("select current_user").fetchall()
        assert found_in(connection, owner, SECRET) == {
            "casecore.stored_events",
            "timeline.internal_messages",
            *(f"{view}.quarantine" for view in VIEWS),
        }
    # and the program, which is the owner, shows the case whole
    assert [SECRET in event.body for event in timeline_of(filled, "K-1") if event.internal] == [True]


def test_where_roles_cannot_be_made_the_role_that_is_needed_is_named(database: str) -> None:
    # Given a server on which casecore may not create roles, and another name for the role
    with psycopg.connect(database) as connection:
        role = f"maker_{uuid4().hex}"
        connection.execute(f"create role {role}; set local role {role}")
        with pytest.raises(psycopg.errors.InsufficientPrivilege) as refused:
            connection.execute(create_role("a_reader").encode())
        connection.rollback()
    assert refused.value.diag.message_primary == "permission denied to create the role a_reader"


def test_the_report_of_a_rebuild_names_a_message_that_differs_without_its_text(filled: str) -> None:
    # Given a view that was built again, and has lost all rows
    with ExitStack() as opened:
        live, rebuilt = (opened.enter_context(psycopg.connect(filled, autocommit=True)) for _ in range(2))
        with rebuilt.transaction():
            schema.create(rebuilt, TIMELINE, "timeline_audit")
        # When both are compared
        tables = compare(TIMELINE, Side(live, "timeline"), Side(rebuilt, "timeline_audit"))
    # Then of what every reader gets the row is shown, of an internal message its key and a hash
    found = {table.table: table.difference for table in tables}
    events, messages = found["events"], found["internal_messages"]
    assert events is not None
    assert "activation" in (events.live or "")
    assert messages is not None
    assert messages.key.endswith("version=4")
    assert (messages.live or "").startswith("something with SHA-256 ")
    assert messages.rebuilt is None
