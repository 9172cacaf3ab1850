"""A case as it stood at an instant and was known by another one, and how it came there, event by event."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from operator import attrgetter
from typing import NamedTuple

from casecore.app.application import Application
from casecore.app.cases import stored_in_pieces
from casecore.app.seen.about import EventAbout, LateMarks, read_about
from casecore.app.seen.past_case import PastCase, past_case
from casecore.app.service_levels.as_of import AsOf
from casecore.app.service_levels.clocks import NotOpenedYet
from casecore.app.service_levels.words import second
from casecore.clocks.history import Mark, Placed
from casecore.clocks.instants import micros
from casecore.contract.cases import Audience, MessagePosted
from casecore.contract.wire import StoredEvent
from casecore.decider.stored_facts import fact_of
from casecore.evaluation.case_events import CaseEvents
from casecore.evaluation.histories import case_of
from casecore.evaluation.known_case import known_case
from casecore.visibility.messages import sees_event
from casecore.visibility.rules import Viewer
from projections.kit.case_events import short_name


class Place(NamedTuple):
    """Where a case was: its state, its level, whose turn it was, and who was assigned."""

    state: str
    level: str | None
    organisation: str
    agent: str | None


class ReplayedEvent(NamedTuple):
    """An event of a case. `place` is where the case was after it, None if the event was not known.

    `is_late`: it was recorded long after it happened, or after something that happened later.
    """

    version: int
    type: str
    occurred_at: datetime
    recorded_at: datetime
    person: str
    organisation: str
    role: str
    internal: bool
    implied: bool
    is_late: bool
    about: EventAbout
    place: Place | None = None


class Replay(NamedTuple):
    """A case by what had occurred at an instant, and was recorded by another one.

    `case` is how it stood, None if nothing was recorded of it by then. `events` are in the order of what
    happened. `known_later` are those that had occurred, and were recorded later.
    """

    reference: str
    as_of: AsOf
    case: PastCase | None
    events: Sequence[ReplayedEvent]
    known_later: Sequence[ReplayedEvent]


_in_order = attrgetter("occurred_at", "version")


def replay_case(app: Application, case: str, as_of: AsOf, viewer: Viewer | None = None) -> Replay:
    """A case as of an instant and a knowledge, and each event that led there; from the store itself.

    Without the internal messages that are not for the viewer. Raises CaseUnknown, also for a case that the
    viewer does not see, NotOpenedYet if nothing of it had occurred by then, TablesMissing and
    DatabaseUnavailable.
    """
    head = app.log.head()
    reader = _Reader(as_of)
    known = case_of(reader.known(stored_in_pieces(app, case, viewer), viewer))
    if not reader.events and not reader.known_later:
        raise NotOpenedYet(f"{case} was not opened by {second(as_of.at)}: name a later time")
    app.freshness.of_events(head, as_of.recorded_by)
    found = known_case(known, micros(as_of.at)) if known is not None else None
    return Replay(
        reference=case,
        as_of=as_of,
        case=past_case(found) if found is not None else None,
        events=list(_placed(known, reader.events)) if known is not None else [],
        known_later=sorted(reader.known_later, key=_in_order),
    )


class _Reader:
    """Notes of a case's events, while they are read, those that had occurred by the instant."""

    def __init__(self, as_of: AsOf) -> None:
        self._as_of = as_of
        self._late = LateMarks()
        self.events: list[ReplayedEvent] = []
        self.known_later: list[ReplayedEvent] = []

    def known(self, stored: Iterable[StoredEvent], viewer: Viewer | None) -> Iterator[StoredEvent]:
        """Those events that were recorded by then."""
        recorded_by = self._as_of.recorded_by
        for event in stored:
            is_known = recorded_by is None or event.recorded_at <= recorded_by
            found = self._replayed(event)
            if found.occurred_at <= self._as_of.at and sees_event(viewer, event.type, event.body):
                (self.events if is_known else self.known_later).append(found)
            if is_known:
                yield event

    def _replayed(self, stored: StoredEvent) -> ReplayedEvent:
        fact, about = fact_of(stored), read_about(stored.body)
        data, imported = fact.data, fact.implied or about.source is not None
        return ReplayedEvent(
            version=stored.version,
            type=short_name(stored.type),
            occurred_at=fact.occurred_at,
            recorded_at=stored.recorded_at,
            person=fact.actor.person,
            organisation=fact.actor.organisation,
            role=fact.actor.role.value,
            internal=isinstance(data, MessagePosted) and data.audience is not Audience.PUBLIC,
            implied=fact.implied,
            is_late=self._late.is_late(fact.occurred_at, stored.recorded_at, imported),
            about=about,
        )


def _placed(known: CaseEvents, events: Iterable[ReplayedEvent]) -> Iterator[ReplayedEvent]:
    """The events in the order of what happened, each with the place that the case had come to by it."""
    moves = [mark for mark in known.history().marks if isinstance(mark, Placed)]
    orders = [_order(mark) for mark in moves]
    for event in sorted(events, key=_in_order):
        last = bisect_right(orders, (micros(event.occurred_at), event.version))
        yield event._replace(place=_place(moves[last - 1])) if last else event


def _order(mark: Mark) -> tuple[int, int]:
    return mark.order


def _place(move: Placed) -> Place:
    level = move.level.value if move.level else None
    return Place(move.state.value, level, move.organisation, move.agent)
