"""What happened to a party or a licence package, a part at a time, beside what it is now."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, NamedTuple, TypeVar
from uuid import UUID

from casecore.app.application import Application
from casecore.app.registers.pages import PackageEntry
from casecore.app.registers.streams import parts_of
from casecore.contract.envelope import EventData, Fact
from casecore.contract.licences import LicenceEvent
from casecore.contract.parties import PartyEvent
from casecore.contract.streams import package_stream_id, party_stream_id
from casecore.contract.wire import StoredEvent
from casecore.decider.stored_facts import fact_of
from casecore.licences.refusals import PackageUnknown
from casecore.parties.party import Party
from casecore.parties.refusals import PartyUnknown
from casecore.visibility.rules import PACKAGE, PARTY, Viewer, may_see

MOST_BYTES = 1024 * 1024
"""After so many bytes of events a part ends: each has all that holds after it, which may be long."""

EntryT = TypeVar("EntryT", Party, PackageEntry)


class StoredFact(NamedTuple):
    """An event as it is stored, and what it says."""

    stored: StoredEvent
    fact: Fact[EventData]


class HistoryPart(NamedTuple):
    """The events after a version: `most_events` at most, and fewer where they are long; all if it is None."""

    after: int = 0
    most_events: int | None = None


WHOLE = HistoryPart()


class EntryHistory(NamedTuple, Generic[EntryT]):
    """Something as it is after its last event, and a part of its events up to that one.

    `goes_on_after` is the version behind which there are more, None if there are none.
    """

    entry: EntryT
    facts: list[StoredFact]
    goes_on_after: int | None


def package_history(
    app: Application, reference: str, part: HistoryPart = WHOLE, viewer: Viewer | None = None
) -> EntryHistory[PackageEntry]:
    """A licence package, and a part of its events.

    A package in which the viewer has no part today is as one that is not there, also in how long the look
    takes. Raises PackageUnknown, NewerThanProgram, TablesMissing and DatabaseUnavailable.
    """
    last = app.log.last_of(package_stream_id(reference))
    if last is None or not may_see(viewer, PACKAGE, parts_of(last)):
        raise PackageUnknown(reference)
    data = fact_of(last).data
    assert isinstance(data, LicenceEvent)
    entry = PackageEntry(data.package, data.licence, last.version)
    return EntryHistory(entry, *_facts(app, last, part))


def party_history(
    app: Application, party_id: str, part: HistoryPart = WHOLE, viewer: Viewer | None = None
) -> EntryHistory[Party]:
    """A party, and a part of its events.

    A party that the viewer does not see is not looked for, whether it is there or not. Raises PartyUnknown,
    NewerThanProgram, TablesMissing and DatabaseUnavailable.
    """
    is_seen = may_see(viewer, PARTY, {"party": party_id})
    last = app.log.last_of(party_stream_id(party_id)) if is_seen else None
    if last is None:
        raise PartyUnknown(party_id)
    data = fact_of(last).data
    assert isinstance(data, PartyEvent)
    entry = Party(data.party, data.details, last.version)
    return EntryHistory(entry, *_facts(app, last, part))


def _facts(app: Application, last: StoredEvent, part: HistoryPart) -> tuple[list[StoredFact], int | None]:
    """The part of a stream up to its last event, and after which version it goes on."""
    facts: list[StoredFact] = []
    size, is_whole = 0, part.most_events is None
    for stored in _until(app, last.stream_id, part.after, last.version):
        size += len(stored.body)
        if facts and not is_whole and (len(facts) == part.most_events or size > MOST_BYTES):
            return facts, facts[-1].stored.version
        facts.append(StoredFact(stored, fact_of(stored)))
    return facts, None


def _until(app: Application, stream_id: UUID, after: int, version: int) -> Iterator[StoredEvent]:
    # What comes meanwhile is not known to what was said of the last event.
    return (one for one in app.log.stream_in_pieces(stream_id, after) if one.version <= version)
