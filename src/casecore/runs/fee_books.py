"""The books of fees as of a position of the log: agreements, work on cases, packages, memos."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple
from uuid import UUID

from casecore.billing.fees import agreements, memos
from casecore.billing.fees.agreements import Agreements
from casecore.billing.fees.case_work import CaseWork, work_of
from casecore.billing.fees.memos import Memos
from casecore.billing.fees.statement import PostedMemo
from casecore.contract.billing import EventRef
from casecore.contract.cases import CaseOpened
from casecore.contract.envelope import EventData, Fact
from casecore.contract.fees import FeeAgreed, FeeMemoEvent, FeeMemoRecorded, FeeMemoReversed
from casecore.contract.licences import LicenceActivated
from casecore.contract.streams import fee_agreements_stream_id, package_stream_id
from casecore.contract.types import EVENT_TYPES
from casecore.contract.wire import StoredEvent
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


class FeeBooks(Books):
    """Books that have fees too; as Books, all as of one position."""

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
                yield [case for events in streams.values() if (case := _case(events)) is not None]

    def sold_packages(self) -> Iterator[list[KnownPackage]]:
        """All licence packages, in pages."""
        for ids in self._pages(LicenceActivated):
            yield [_package(events) for events in self._reader.read(ids).values()]

    def memos(self, stream_ids: Sequence[UUID]) -> dict[UUID, Memos]:
        """The memos of these streams; a stream without a memo is not there."""
        kept: dict[UUID, Memos] = self._states(stream_ids, memos.evolve)
        return kept

    def posted(self, party: str) -> Iterator[PostedMemo]:
        """All memos that were ever recorded for a party, also those that were taken back."""
        for ids in self._pages(FeeMemoRecorded):
            for events in self._reader.read(ids).values():
                yield from (memo for memo in _posted(events) if memo.fee.party == party)


def _fact(event: StoredEvent) -> Fact[EventData]:
    return EVENT_TYPES.decode(event.type, event.body)


def _case(events: Sequence[StoredEvent]) -> KnownCase | None:
    work = work_of(_fact(event) for event in events)
    return KnownCase(work, EventRef(events[-1].stream_id, events[-1].version)) if work else None


def _package(events: Sequence[StoredEvent]) -> KnownPackage:
    known: Package | None = None
    for event in events:
        known = package.evolve(known, _fact(event))
    assert known is not None
    return KnownPackage(known, events[-1].position)


def _posted(events: Sequence[StoredEvent]) -> list[PostedMemo]:
    found: dict[int, PostedMemo] = {}
    for event in events:
        data = _fact(event).data
        assert isinstance(data, FeeMemoEvent)
        if isinstance(data, FeeMemoReversed):
            found[data.number] = found[data.number]._replace(reversed_position=event.position)
        else:
            ref = EventRef(event.stream_id, event.version)
            found[data.number] = PostedMemo(data.fee, ref, data.caused_by, event.position, None)
    return list(found.values())
