"""Licence packages and their maintenance fees, as the deciders make them, written straight into the store."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from uuid import UUID, uuid5

import psycopg

from casecore.billing.account_decider import ACCOUNTS
from casecore.billing.commands import AccountCommand, RecordCharges
from casecore.billing.terms import Terms
from casecore.contract.billing import MaintenanceFeeFellDue
from casecore.contract.envelope import Actor, EventData, Fact, Role
from casecore.contract.licences import Assignment, Licence, LicenceActivated
from casecore.contract.streams import BILLING_TERMS, account_stream_id, package_stream_id
from casecore.contract.types import EVENT_TYPES
from casecore.decider.decider import Context
from casecore.decider.own_runs import BILLING_RUN
from casecore.licences.package import evolve as evolve_package
from casecore.runs.books import Books
from casecore.runs.set_up import FIRST_TERMS
from casecore.store.recorder import LogRecorder
from casecore.store.records import NewEvent

DataT = TypeVar("DataT", bound=EventData)
YEARS = 5
VENDOR = "vendor"
SELLERS = (VENDOR, *(f"reseller-{number:02}" for number in range(39)))
_AT_ONCE = 2_000
_IDS = UUID("7f4ab0d2-52c5-4c55-9d3c-8d6f3c1a9e60")


def customer_of(number: int) -> str:
    """The customer of a package: each has three."""
    return f"practice-{number // 3:06}"


def package_fact(number: int, now: datetime) -> Fact[LicenceActivated]:
    """A package, activated between four and five years ago: five fees."""
    activated_on = now.date() - timedelta(days=4 * 366 + 1 + number % 350)
    licence = Licence(
        customer=customer_of(number),
        licence_type="viewer",
        program_version="8",
        activated_on=activated_on,
        assignments=(Assignment(activated_on, SELLERS[number % len(SELLERS)]),),
    )
    actor = Actor("bench", VENDOR, Role.VENDOR)
    return _fact(f"L-{number:06}", actor, now, LicenceActivated(package=f"L-{number:06}", licence=licence))


def fill_packages(database: str, packages: int) -> None:
    """Store so many packages."""
    now = datetime.now(UTC)
    recorder = LogRecorder(database)
    for start in range(0, packages, _AT_ONCE):
        facts = [package_fact(number, now) for number in range(start, min(start + _AT_ONCE, packages))]
        recorder.append([_stored(package_stream_id(f.data.package), 1, f) for f in facts], (), now)
    recorder.close()


def fill_fees(database: str, fees: int) -> int:
    """Store at least so many fees, without their packages; returns how many events of billing there are.

    The first terms are there already: bringing the tables up to date records them.
    """
    now, packages = datetime.now(UTC), -(-fees // YEARS)
    with Books(database) as books, psycopg.connect(database) as connection:
        terms = books.terms()
        made = len(FIRST_TERMS)
        for start in range(0, packages, _AT_ONCE):
            numbers = range(start, min(start + _AT_ONCE, packages))
            # As the run does it: a package's fees one after another.
            made += _copy(connection, [e for n in numbers for e in _fees(n, terms, now)], now)
    return made


def _fees(number: int, terms: Terms, now: datetime) -> Iterator[NewEvent]:
    package = evolve_package(None, package_fact(number, now))
    reference = package.reference
    command = AccountCommand(
        command_id=uuid5(_IDS, f"charge {reference}"),
        actor=BILLING_RUN,
        package=reference,
        do=RecordCharges(until=now.date() - timedelta(days=1)),
    )
    context = Context(now, now, VENDOR, {package_stream_id(reference): package, BILLING_TERMS: terms})
    for version, data in enumerate(ACCOUNTS.decide(None, command, context).events, start=1):
        assert isinstance(data, MaintenanceFeeFellDue)
        fact = _fact(f"charge {reference}", BILLING_RUN.as_actor(), now, data)
        yield _stored(account_stream_id(reference), version, fact)


def _fact(about: str, actor: Actor, now: datetime, data: DataT) -> Fact[DataT]:
    command_id = uuid5(_IDS, about)
    return Fact(occurred_at=now, actor=actor, command_id=command_id, correlation_id=command_id, data=data)


def _stored(stream_id: UUID, version: int, fact: Fact[EventData]) -> NewEvent:
    return NewEvent(stream_id, version, EVENT_TYPES.name_of(fact.data), EVENT_TYPES.encode(fact))


def _copy(connection: psycopg.Connection, events: Sequence[NewEvent], now: datetime) -> int:
    into = "casecore.stored_events (originator_id, originator_version, topic, state, recorded_at)"
    with connection.cursor().copy(f"copy {into} from stdin") as copy:
        for event in events:
            copy.write_row((event.stream_id, event.version, event.type, event.body, now))
    connection.commit()
    return len(events)
