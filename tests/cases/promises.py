"""Calendars and policies of the organisations in the examples, and the book in which they are published."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from typing import Any

from casecore.contract.envelope import EventData, Fact, Role
from casecore.contract.service_levels import (
    Calendar,
    CalendarPublished,
    Clock,
    ClockTerms,
    Covers,
    Hours,
    Match,
    OffsetChange,
    Policy,
    PolicyPublished,
    Targets,
)
from casecore.decider.command import GivenActor
from casecore.service_levels.book import Book, evolve
from tests.cases.steps import START, VENDOR
from tests.decider.laws import NO_ID

HOUR = 3_600
FIRST_ON, LAST_ON = date(2026, 1, 1), date(2035, 12, 31)
IN_FORCE_FROM = datetime(2026, 2, 1, tzinfo=UTC)
SHA = "0f" * 32

_OFFICE: tuple[Hours, ...] = ("08:00-12:00", "13:00-17:00")
_OWNER = GivenActor("vera", VENDOR, Role.VENDOR)


def calendar(version: int = 1, first_on: date = FIRST_ON, last_on: date = LAST_ON, **more: Any) -> Calendar:
    """The office hours of a working week, in UTC."""
    midnight = datetime.combine(first_on, time(), UTC)
    fields: dict[str, Any] = {
        "id": "office",
        "time_zone": "UTC",
        "weekly": (*(_OFFICE for _ in range(5)), (), ()),
        "offsets": (OffsetChange(midnight, 0),),
        **more,
    }
    return Calendar(version=version, first_on=first_on, last_on=last_on, **fields)


def policy(name: str, covers: Covers = Covers.END_TO_END, hours: int = 8, **more: Any) -> Policy:
    """A policy of the vendor, for every case unless `more` says otherwise; each target is that many hours."""
    targets = Targets(*(hours * HOUR for _ in range(4)))
    whole = (Clock.FIRST_RESPONSE, Clock.NEXT_REPLY, Clock.RESOLUTION)
    clocks = whole if covers is Covers.END_TO_END else (Clock.TIME_TO_ASSIGNMENT, Clock.TIME_AT_LEVEL)
    fields: dict[str, Any] = {
        "version": 1,
        "organisation": VENDOR,
        "in_force_from": IN_FORCE_FROM,
        "clocks": tuple(ClockTerms(clock, targets) for clock in clocks),
        "calendar": calendar(),
        **more,
    }
    if isinstance(fields.get("match"), dict):
        fields["match"] = Match(**fields["match"])
    return Policy(id=name, covers=covers, **fields)


def published(data: EventData) -> Fact[EventData]:
    """The fact as the store would keep it."""
    return Fact(occurred_at=START, actor=_OWNER.as_actor(), command_id=NO_ID, correlation_id=NO_ID, data=data)


def book(*policies: Policy, calendars: Iterable[tuple[str, Calendar]] = ()) -> Book:
    """The book after these calendars (each with its owner) and policies were published, in this order."""
    found = Book()
    for owner, fixed in calendars:
        fact = CalendarPublished(organisation=owner, calendar=fixed, definition_sha256=SHA)
        found = evolve(found, published(fact))
    for one in policies:
        found = evolve(found, published(PolicyPublished(policy=one, definition_sha256=SHA)))
    return found
