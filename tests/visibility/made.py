"""A log, a business and runs in a real database, folded into the views: the world that is asked about."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import NAMESPACE_URL, UUID, uuid5

import psycopg
import pytest

from casecore.app.actors import parse_actor
from casecore.app.addresses import Addresses
from casecore.app.application import open_app
from casecore.app.background_runs import running
from casecore.app.background_runs.asked import FeesRun
from casecore.app.command_context import CommandContext
from casecore.app.settings import read_settings
from casecore.cases import commands as c
from casecore.contract.cases import Audience, Category, Priority, Sender
from casecore.contract.streams import case_stream_id
from casecore.contract.wire import StoredEvent
from casecore.relay.session import RelaySession
from casecore.store.log import LogReader
from projections.catalogue import VIEWS
from tests.api.accounts import open_accounts
from tests.api.desk import parked as park
from tests.projections.stored import fold_store
from tests.servers import new_database
from tests.visibility.worlds import ASKS, VENDOR, Step, written

# Emptied, not dropped: making the tables of a view takes ten times as long as folding a few events.
_EMPTIED = b"""do $$ declare tables text; begin
  select string_agg(format('%I.%I', schemaname, tablename), ', ') into tables from pg_tables
  where schemaname in ('billing', 'sla', 'timeline', 'workload') and tablename <> 'about'
    or schemaname = 'casecore' and tablename in
      ('stored_events', 'receipts', 'relay_places', 'operations', 'archive');
  execute 'truncate ' || tables;
end $$"""
_COPY = """copy casecore.stored_events
  (notification_id, originator_id, originator_version, topic, recorded_at, state) from stdin"""


RAN_AT = datetime(2026, 6, 30, 12, tzinfo=UTC)


class Archived(NamedTuple):
    """A row of the archive."""

    sha256: bytes
    media_type: str
    content: bytes


class Business(NamedTuple):
    """The log of the business with accounts, and its archive."""

    log: list[StoredEvent]
    archive: list[Archived]


class World(NamedTuple):
    """All that is in a database: the log, whose documents are archived, and who asked for runs.

    The last events of cases that are `parked` are in quarantine.
    """

    log: Sequence[StoredEvent]
    archive: Sequence[Archived] = ()
    runs: Sequence[str] = ()
    parked: Sequence[str] = ()


def business(postgres_server: str) -> Business:
    """Let the business with accounts do what it does, once."""
    with new_database(postgres_server) as database:
        with open_accounts(database), LogReader(database) as log:
            events = list(log.read(0, 100_000))
        with psycopg.connect(database) as connection:
            rows = connection.execute("select sha256, media_type, content from casecore.archive").fetchall()
    return Business(events, [Archived(*row) for row in rows])


def run_of(organisation: str) -> UUID:
    """The id of the run for which somebody of an organisation asked."""
    return uuid5(NAMESPACE_URL, f"run of {organisation}")


def make(database: str, world: World) -> None:
    """Let a database that has the program's tables hold this world, with its views, and nothing else.

    All is published.
    """
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(_EMPTIED)
        for row in world.archive:
            connection.execute(
                "insert into casecore.archive (sha256, media_type, content) values (%s, %s, %s)", row
            )
    _fold(database, world)
    with closing(RelaySession(database, "casecore")) as relay:
        assert relay.take_lock() is None
        relay.note_place(max((event.position for event in world.log), default=0))
    _run(database, world.runs)


def _fold(database: str, world: World) -> None:
    """Fold all into the views but the last events of cases that are parked in one of them."""
    parked = {case_stream_id(case): case for case in world.parked}
    last = {event.stream_id: event.position for event in world.log}
    late = [
        event for event in world.log if event.stream_id in parked and event.position == last[event.stream_id]
    ]
    store_events(database, [event for event in world.log if event not in late])
    for view in VIEWS.values():
        assert fold_store(database, view) == 0
    store_events(database, late)
    for event in late:
        park(database, parked[event.stream_id])
    with psycopg.connect(database) as connection:
        connection.execute("update workload.quarantine set parked_at = %s", [RAN_AT])


def store_events(database: str, events: Iterable[StoredEvent]) -> None:
    """Store these events, and fold them into nothing."""
    with psycopg.connect(database) as connection, connection.cursor().copy(_COPY) as copy:
        for event in events:
            copy.write_row(event)


def _run(database: str, organisations: Sequence[str]) -> None:
    """Let somebody of each of these ask for a run, which has nothing to do."""
    settings = read_settings({"CASECORE_DATABASE": database})
    with (
        pytest.MonkeyPatch.context() as patched,
        open_app(settings, Addresses(database, "127.0.0.1:1")) as app,
    ):
        patched.setattr(running, "check_may_run", lambda *_: None)  # so that each has one of its own
        patched.setattr(running, "do_run", lambda *_: ({}, False))
        for organisation in organisations:
            operations = running.Operations(app)
            context = CommandContext(parse_actor(ASKS[organisation]), command_id=run_of(organisation))
            operations.begin(app, FeesRun(), context)
            operations.close()
    with psycopg.connect(database) as connection:
        connection.execute(
            "update casecore.operations set started_at = %(at)s, ended_at = %(at)s", {"at": RAN_AT}
        )


def a_life(first_position: int) -> list[StoredEvent]:
    """A world in which every organisation sees something, and something not."""
    technical = {"category": Category.TECHNICAL_SUPPORT, "topic": "activation"}
    first = c.OpenCase(
        customer="praxis", seller="nord", partner="campus", subject="subject of K-11", **technical
    )
    parked = c.OpenCase(customer="zahn", seller="sued", subject="subject of K-55", **technical)
    second = c.OpenCase(
        customer="zahn", seller="sued", partner="hilfe", subject="subject of K-22", **technical
    )
    third = c.OpenCase(
        customer="praxis", seller="nord", partner="campus", subject="subject of K-33", **technical
    )
    fourth = c.OpenCase(customer="zahn", seller="nord", subject="subject of K-44", **technical)
    to_another = c.ReclassifyCase(category=Category.USER_SUPPORT, topic="training", partner="hilfe")
    urgent, solved = c.ChangePriority(priority=Priority.HIGH), c.ResolveCase(resolution_code="solved")

    def secret(text: str) -> c.PostMessage:
        return c.PostMessage(text=text, audience=Audience.INTERNAL, readers=("nord", VENDOR))

    return written(
        [
            *(
                Step("K-11", first),
                Step("K-22", second),
                Step("K-22", urgent),
                Step("K-33", third),
                Step("K-44", fourth),
            ),
            *(Step("K-33", to_another), Step("K-33", c.TakeCase(agent="paula"))),
            *(Step("K-11", c.TakeCase(agent="anna")), Step("K-11", secret("written at 001"))),
            *(Step("K-22", c.TakeCase(agent="bela")), Step("K-22", c.PostMessage(text="written at 002"))),
            *(Step("K-44", c.TakeCase(agent="anna")), Step("K-44", urgent)),
            *(
                Step("K-44", solved),
                Step("K-22", solved),
                Step("K-22", c.ReopenCase(reason="written at 003")),
            ),
            Step("K-11", c.PostMessage(text="written at 004", sender=Sender.CUSTOMER)),
            *(Step("K-22", c.WaitForCustomer()), Step("K-22", c.RecordEffort(minutes=15))),
            *(Step("K-22", solved), Step("K-44", c.ReopenCase()), Step("K-44", c.EscalateCase())),
            *(Step("K-33", solved), Step("K-44", c.CancelCase(duplicate_of="K-22"))),
            *(Step("K-55", parked), Step("K-55", urgent), Step("K-11", secret("written at 005"))),
        ],
        first_position,
    )
