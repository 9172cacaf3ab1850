"""The books of fees as of a position of the log: agreements, work on cases, packages, memos."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import NamedTuple
from uuid import UUID

import msgspec

from casecore.billing.fees import agreements, memos
from casecore.billing.fees.agreements import Agreements
from casecore.billing.fees.case_work import CaseWork, work_of
from casecore.billing.fees.memos import Memos
from casecore.billing.fees.statement import PostedMemo
from casecore.contract.billing import EventRef
from casecore.contract.cases import CaseOpened
from casecore.contract.fees import FeeAgreed, FeeMemoEvent, FeeMemoRecorded, FeeMemoReversed
from casecore.contract.licences import LicenceActivated
from casecore.contract.streams import fee_agreements_stream_id, package_stream_id
from casecore.contract.wire import StoredEvent
from casecore.decider.stored_facts import fact_of
from casecore.licences import package
from casecore.licences.package import Package
from casecore.runs.books import Books

_CASES_AT_ONCE = 200
"""A case has a few dozen events, the longest some hundreds: so these are a few megabytes."""


class KnownCase(NamedTuple):
    """The work on a case, and its last event."""

    work: CaseWork
    last_event: EventRef


class KnownPackage(NamedTuple):
    """A licence package, and the position of its last event in the log."""

    package: Package
    position: int

    @property
    def last_event(self) -> EventRef:
        """The package's last event that says who owes what from when."""
        return EventRef(package_stream_id(self.package.reference), self.package.owed_since)


class _CustomerOf(msgspec.Struct):
    customer: str


class _CustomersOf(msgspec.Struct):
    customer: str
    customers: tuple[_CustomerOf, ...] = ()


class _LicenceOf(msgspec.Struct):
    licence: _CustomersOf


class _PackageOf(msgspec.Struct):
    """Of a package's event, the customers alone."""

    data: _LicenceOf


class FeeBooks(Books):
    """Books that have fees too; as Books, all as of one position.

    `customers_unknown` are those with a package that was left out.
    """

    def __init__(self, database: str, as_of_position: int | None = None) -> None:
        """Open a session; as of a position, or of the last one."""
        super().__init__(database, as_of_position)
        self.customers_unknown: set[str] = set()

    def agreements(self, party: str | None = None) -> dict[str, Agreements]:
        """The agreements of each party that has any, or of one."""
        pages = self._pages(FeeAgreed) if party is None else iter([[fee_agreements_stream_id(party)]])
        found: dict[str, Agreements] = {}
        for ids in pages:
            for known in self._states(ids, agreements.evolve).values():
                found[known.party] = known
        return found

    def cases(self) -> Iterator[list[KnownCase]]:
        """All cases, some at a time."""
        for ids in self._pages(CaseOpened):
            for start in range(0, len(ids), _CASES_AT_ONCE):
                streams = self._reader.read(ids[start : start + _CASES_AT_ONCE])
                yield [case for events in streams.values() if (case := self._case(events)) is not None]

    def sold_packages(self) -> Iterator[list[KnownPackage]]:
        """All licence packages, in pages."""
        for ids in self._pages(LicenceActivated):
            streams = self._reader.read(ids).values()
            yield [known for events in streams if (known := self._package(events)) is not None]

    def _case(self, events: Sequence[StoredEvent]) -> KnownCase | None:
        return self.left_out.read_or_leave_out(partial(_case, events))

    def _package(self, events: Sequence[StoredEvent]) -> KnownPackage | None:
        known = self.left_out.read_or_leave_out(partial(_package, events))
        if known is None:
            # A customer's yearly fee follows from all its packages: with one unknown, nothing is changed.
            for event in events:
                self.customers_unknown |= _customers_of(event)
        return known

    def memos(self, stream_ids: Sequence[UUID]) -> dict[UUID, Memos]:
        """The memos of these streams; a stream without a memo is not there."""
        kept: dict[UUID, Memos] = self._states(stream_ids, memos.evolve)
        return kept

    def posted(self, party: str) -> Iterator[PostedMemo]:
        """All memos that were ever recorded for a party, also those that were taken back."""
        for ids in self._pages(FeeMemoRecorded, naming=party):
            for events in self._reader.read(ids).values():
                posted = self.left_out.read_or_leave_out(partial(_posted, events)) or []
                yield from (memo for memo in posted if memo.fee.party == party)


def _case(events: Sequence[StoredEvent]) -> KnownCase | None:
    work = work_of(fact_of(event) for event in events)
    return KnownCase(work, EventRef(events[-1].stream_id, events[-1].version)) if work else None


def _package(events: Sequence[StoredEvent]) -> KnownPackage:
    known: Package | None = None
    for event in events:
        known = package.evolve(known, fact_of(event))
    assert known is not None
    return KnownPackage(known, events[-1].position)


def _customers_of(event: StoredEvent) -> set[str]:
    """The customers in a package's event, also in one that only a newer program can read.

    Raises NewerThanProgram where that one says them in another way.
    """
    try:
        licence = msgspec.json.decode(event.body, type=_PackageOf).data.licence
        return {licence.customer, *(one.customer for one in licence.customers)}
    except msgspec.DecodeError:
        fact_of(event)
        raise


def _posted(events: Sequence[StoredEvent]) -> list[PostedMemo]:
    found: dict[int, PostedMemo] = {}
    for event in events:
        data = fact_of(event).data
        assert isinstance(data, FeeMemoEvent)
        if isinstance(data, FeeMemoReversed):
            found[data.number] = found[data.number]._replace(reversed_position=event.position)
        else:
            ref = EventRef(event.stream_id, event.version)
            found[data.number] = PostedMemo(data.fee, ref, data.caused_by, event.position, None)
    return list(found.values())
