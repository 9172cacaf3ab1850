"""The registers of parties and licence packages: pages from the store, of what a viewer sees."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from functools import partial
from typing import Generic, NamedTuple, TypeVar
from uuid import UUID

import msgspec

from casecore.app.application import Application
from casecore.contract.envelope import EventData
from casecore.contract.licences import Licence, LicenceActivated, LicenceEvent
from casecore.contract.parties import PartyEvent, PartyRegistered, PartyRole
from casecore.contract.types import EVENT_TYPES
from casecore.contract.wire import StoredEvent
from casecore.decider.business_day import day_of
from casecore.decider.stored_facts import LeftOut, fact_of
from casecore.licences.package import parts_on
from casecore.parties.party import Party
from casecore.visibility.rules import PACKAGE, PARTY, Rule, Viewer, may_see

FIRST = UUID(int=0)
"""Before all streams."""

_FEWEST_AT_ONCE, _MOST_AT_ONCE = 100, 1_000
"""Streams that are looked at in one query."""

EntryT = TypeVar("EntryT")


class PartyFilter(NamedTuple):
    """Which parties: those with a role, after the stream of another, `limit` at most."""

    role: PartyRole | None = None
    after: UUID = FIRST
    limit: int = 100


class PackageFilter(NamedTuple):
    """Which packages: those that have this customer and this seller today, after the stream of another."""

    customer: str | None = None
    seller: str | None = None
    after: UUID = FIRST
    limit: int = 100


class PackageEntry(NamedTuple):
    """A licence package after the `version`-th event of its stream."""

    reference: str
    licence: Licence
    version: int


class RegisterPage(NamedTuple, Generic[EntryT]):
    """Entries in the order of their streams' ids, and the names of those that only a newer program can read.

    What is left out is named to those who see every entry: nobody can tell whose it is.
    """

    known: list[EntryT]
    left_out: tuple[str, ...]


def today() -> date:
    """The day it is, on which a package has its customer and its seller."""
    return day_of(datetime.now(UTC))


def list_parties(app: Application, which: PartyFilter, viewer: Viewer | None = None) -> RegisterPage[Party]:
    """Registered parties; raises TablesMissing and DatabaseUnavailable."""

    def read(stored: StoredEvent) -> Party | None:
        data = fact_of(stored).data
        assert isinstance(data, PartyEvent)
        found = Party(data.party, data.details, stored.version)
        has_role = which.role is None or found.is_a(which.role)
        return found if has_role and may_see(viewer, PARTY, {"party": found.id}) else None

    return _page(app, _Search(PartyRegistered, PARTY, (), which.after, which.limit), read, viewer)


def list_packages(
    app: Application, which: PackageFilter, viewer: Viewer | None = None
) -> RegisterPage[PackageEntry]:
    """Licence packages; raises TablesMissing and DatabaseUnavailable.

    A package is seen by those who have a part in it today.
    """
    day = today()
    wanted = {"customer": which.customer, "seller": which.seller}

    def read(stored: StoredEvent) -> PackageEntry | None:
        data = fact_of(stored).data
        assert isinstance(data, LicenceEvent)
        parts = parts_on(data.licence, day)
        is_wanted = all(value is None or parts[name] == value for name, value in wanted.items())
        if not is_wanted or not may_see(viewer, PACKAGE, parts):
            return None
        return PackageEntry(data.package, data.licence, stored.version)

    texts = [value for value in wanted.values() if value is not None]
    return _page(app, _Search(LicenceActivated, PACKAGE, texts, which.after, which.limit), read, viewer)


class _Search(NamedTuple):
    """Streams that begin with a type, after an id; `texts` occur in the last event of those wanted."""

    first: type[EventData]
    rule: Rule
    texts: Sequence[str]
    after: UUID
    limit: int


def _page(
    app: Application, search: _Search, read: Callable[[StoredEvent], EntryT | None], viewer: Viewer | None
) -> RegisterPage[EntryT]:
    """Read on until there are enough entries; each event says all that holds after it."""
    sees_all = may_see(viewer, search.rule, {})
    # PostgreSQL skips what cannot be seen: the viewer's name occurs in what it has a part in.
    own = [] if sees_all or viewer is None else [viewer.organisation]
    texts = [msgspec.json.encode(text) for text in (*search.texts, *own)]
    types, after = EVENT_TYPES.names_ever(search.first), search.after
    left_out, found = LeftOut(), list[EntryT]()
    at_once = min(max(search.limit, _FEWEST_AT_ONCE), _MOST_AT_ONCE)
    while len(found) < search.limit:
        stored = app.log.last_of_each(types, after, at_once, texts)
        entries = (left_out.read_or_leave_out(partial(read, one)) for one in stored)
        found.extend(entry for entry in entries if entry is not None)
        if len(stored) < at_once:
            break
        after = stored[-1].stream_id
    return RegisterPage(found[: search.limit], left_out.names() if sees_all else ())
