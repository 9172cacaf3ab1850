"""The books of billing as of a position of the log: terms, packages, accounts, parties, documents."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from datetime import date
from functools import partial
from itertools import islice
from types import TracebackType
from typing import Any, NamedTuple, Self
from uuid import UUID

import msgspec

from casecore.billing import account, buyer, series, terms
from casecore.billing.account import Account
from casecore.billing.buyer import UNKNOWN_BUYER, Buyer
from casecore.billing.charges import ChargeDifference, difference
from casecore.billing.corrections import decided
from casecore.billing.corrections.decided import NO_CORRECTIONS, Corrections
from casecore.billing.series import NO_DOCUMENTS, Series, document_place
from casecore.billing.terms import NO_TERMS, Terms
from casecore.contract.billing import DocumentIssued, MaintenanceFeeFellDue
from casecore.contract.envelope import EventData
from casecore.contract.licences import LicenceActivated
from casecore.contract.parties import PartyRegistered
from casecore.contract.streams import (
    BILLING,
    BILLING_TERMS,
    DOCUMENT_CORRECTIONS,
    DOCUMENT_SERIES,
    LICENCES,
    account_stream_id,
    buyer_stream_id,
    package_stream_id,
    party_stream_id,
)
from casecore.contract.types import EVENT_TYPES
from casecore.contract.wire import StoredEvent
from casecore.decider.decider import Evolve
from casecore.decider.stored_facts import LeftOut, fact_of
from casecore.licences import package
from casecore.licences.package import Package
from casecore.licences.refusals import PackageUnknown
from casecore.parties import party
from casecore.parties.party import Party
from casecore.parties.refusals import PartyUnknown
from casecore.store.streams import StreamsReader


class PackageAndAccount(NamedTuple):
    """A licence package and what was charged for it; no account before the first charge."""

    package: Package
    account: Account | None

    def difference(self, terms: Terms, vendor: str, until: date) -> ChargeDifference:
        """What has to be recorded so that the charges equal the fees that fall due up to a day."""
        return difference(self.package, terms, vendor, until, self.account.charges if self.account else ())


class Books:
    """Reads states from the store, all as of one position. A context manager, for one thread.

    Books of other positions are read over the same session. All methods raise DatabaseUnavailable. A stream
    to which a newer program wrote is left out of what is read in pages, and named in `left_out`, which these
    books and those of other positions share; a single one raises NewerThanProgram.
    """

    def __init__(self, database: str, as_of_position: int | None = None) -> None:
        """Open a session; as of a position, or of the last one."""
        self._reader = StreamsReader(database)
        self.left_out = LeftOut()
        self._set_position(self._reader.last_position() if as_of_position is None else as_of_position)

    def at(self, position: int) -> Self:
        """The books as of another position. They are closed with these."""
        other = copy(self)
        other._set_position(position)
        return other

    def now(self) -> Self:
        """The books as of the last position now. They are closed with these."""
        return self.at(self._reader.last_position())

    def _set_position(self, position: int) -> None:
        self.position = position
        self._reader = self._reader.at(position)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._reader.__exit__(kind, error, trace)

    def terms(self) -> Terms:
        """Prices and rates."""
        return self._state(BILLING_TERMS, terms.evolve) or NO_TERMS

    def series(self, known: Series = NO_DOCUMENTS) -> Series:
        """The series of documents; `known` is what was read of it before."""
        found: Series = self._state(DOCUMENT_SERIES, series.evolve, known, known.issued)
        return found

    def document(self, place: int) -> StoredEvent | None:
        """The event of the document at a place of the series, from 1; None if there is none."""
        return next(self._reader.stream(DOCUMENT_SERIES, place - 1), None)

    def issued(self, number: str) -> DocumentIssued | None:
        """The document with a number; None if there is none."""
        place = document_place(number)
        stored = None if place is None else self.document(place)
        if stored is None:
            return None
        document = fact_of(stored).data
        assert isinstance(document, DocumentIssued), "the series holds documents only"
        return document

    def corrections(self) -> Corrections:
        """The documents of which it is decided that they are issued again."""
        return self._state(DOCUMENT_CORRECTIONS, decided.evolve) or NO_CORRECTIONS

    def account(self, package: str) -> Account | None:
        """The account of a package; None before its first charge."""
        found: Account | None = self._state(account_stream_id(package), account.evolve)
        return found

    def party(self, party_id: str, version: int | None = None) -> Party:
        """A party, as of its `version`-th event or now; raises PartyUnknown for one that is not there."""
        events = islice(self._reader.stream(party_stream_id(party_id)), version)
        found: Party | None = _folded(events, party.evolve, None)
        if found is None:
            raise PartyUnknown(party_id)
        return found

    def buyer(self, party_id: str) -> Buyer:
        """What was decided about a party as a buyer."""
        return self._state(buyer_stream_id(party_id), buyer.evolve) or UNKNOWN_BUYER

    def parties(self) -> Iterator[list[Party]]:
        """All parties, in pages."""
        for ids in self._pages(PartyRegistered):
            yield list(self._states(ids, party.evolve).values())

    def package(self, reference: str) -> PackageAndAccount:
        """A licence package with its account; raises PackageUnknown."""
        found: Package | None = self._state(package_stream_id(reference), package.evolve)
        if found is None:
            raise PackageUnknown(reference)
        return PackageAndAccount(found, self._state(account_stream_id(reference), account.evolve))

    def packages(self) -> Iterator[list[PackageAndAccount]]:
        """All licence packages with their accounts, in pages."""
        for ids in self._pages(LicenceActivated):
            packages: list[Package] = list(self._states(ids, package.evolve).values())
            accounts = self._states([account_stream_id(one.reference) for one in packages], account.evolve)
            yield [
                PackageAndAccount(one, accounts.get(account_stream_id(one.reference)))
                for one in packages
                if account_stream_id(one.reference) not in self.left_out
            ]

    def accounts(self) -> Iterator[Account]:
        """All accounts, in the order of their streams."""
        for ids in self._pages(MaintenanceFeeFellDue):
            yield from self._states(ids, account.evolve).values()

    def check_complete(self, seller: str) -> None:
        """Raise NewerThanProgram if a package or account of this seller was left out: its sums would lack it.

        That includes one of which it cannot be told whose it is.
        """
        for newer in self.left_out.all():
            sellers = [_sellers_of(event) for event in self._reader.stream(newer.stream_id)]
            if any(found is None or seller in found for found in sellers):
                raise newer

    def is_package(self, reference: str) -> bool:
        """Whether there is a licence package with this reference."""
        return any(True for _ in self._reader.stream(package_stream_id(reference)))

    def events(self, stream_id: UUID) -> Iterator[StoredEvent]:
        """The events of a stream, in order."""
        return self._reader.stream(stream_id)

    def _pages(self, first: type[EventData], naming: str | None = None) -> Iterator[list[UUID]]:
        text = None if naming is None else msgspec.json.encode(naming)
        for wire_name in EVENT_TYPES.names_ever(first):
            yield from self._reader.pages(wire_name, text)

    def _states(self, ids: Sequence[UUID], evolve: Evolve) -> dict[UUID, Any]:
        read = (
            (stream_id, self.left_out.read_or_leave_out(partial(_folded, events, evolve, None)))
            for stream_id, events in self._reader.read(ids).items()
        )
        return {stream_id: state for stream_id, state in read if state is not None}

    def _state(self, stream_id: UUID, evolve: Evolve, state: Any = None, after: int = 0) -> Any:
        return _folded(self._reader.stream(stream_id, after), evolve, state)


class _Assigned(msgspec.Struct):
    seller: str


class _LicenceSold(msgspec.Struct):
    assignments: list[_Assigned] = []


class _ChargeOwed(msgspec.Struct):
    owed_by: str


class _Sold(msgspec.Struct):
    licence: _LicenceSold | None = None
    charge: _ChargeOwed | None = None


class _EventOfSale(msgspec.Struct):
    """What any program says of a package's or an account's sellers."""

    data: _Sold


def _sellers_of(event: StoredEvent) -> set[str] | None:
    """The sellers that an event of a package or an account names; None where that cannot be told."""
    if not event.type.startswith((LICENCES.type_prefix, BILLING.type_prefix)):
        return set()
    try:
        data = msgspec.json.decode(event.body, type=_EventOfSale).data
    except msgspec.DecodeError:
        return None
    owed = {data.charge.owed_by} if data.charge else set()
    return owed | {one.seller for one in (data.licence.assignments if data.licence else [])}


def _folded(events: Iterable[StoredEvent], evolve: Evolve, state: Any) -> Any:
    for event in events:
        state = evolve(state, fact_of(event))
    return state
