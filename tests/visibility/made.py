"""A log, a business and runs in a real database, folded into the views: the world that is asked about."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import NAMESPACE_URL, UUID, uuid5

import psycopg

from casecore.cases import commands as c
from casecore.contract.cases import Audience, Category, Priority, Sender
from casecore.contract.wire import StoredEvent
from casecore.relay.session import RelaySession
from casecore.store.log import LogReader
from casecore.store.operations import OperationRecords
from projections.catalogue import VIEWS
from tests.api.accounts import open_accounts
from tests.projections.stored import fold_store
from tests.servers import new_database
from tests.visibility.worlds import VENDOR, Step, written

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
    """All that is in a database: the log, whose documents are archived, and who asked for runs."""

    log: Sequence[StoredEvent]
    archive: Sequence[Archived] = ()
    runs: Sequence[str] = ()


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
        with connection.cursor().copy(_COPY) as copy:
            for event in world.log:
                copy.write_row(event)
        for row in world.archive:
            connection.execute(
                "insert into casecore.archive (sha256, media_type, content) values (%s, %s, %s)", row
            )
    for view in VIEWS.values():
        assert fold_store(database, view) == 0
    with closing(RelaySession(database, "casecore")) as relay:
        assert relay.take_lock() is None
        relay.note_place(max((event.position for event in world.log), default=0))
    with closing(OperationRecords(database)) as records:
        for organisation in world.runs:
            records.begin(run_of(organisation), "fees", '{"kind":"fees"}', f"vendor:{organisation}:ann")
            records.end(run_of(organisation), '{"figures":{},"needs_look":false}', has_failed=False)
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
            Step("K-11", secret("written at 005")),
        ],
        first_position,
    )
