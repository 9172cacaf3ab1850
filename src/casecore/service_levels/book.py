"""The book of service levels: every version of every calendar and policy that was published."""

from __future__ import annotations

from datetime import datetime
from typing import TypeVar

import msgspec

from casecore.contract.envelope import EventData, Fact
from casecore.contract.service_levels import Calendar, CalendarPublished, Policy, PolicyPublished

VersionT = TypeVar("VersionT")


class PublishedCalendar(msgspec.Struct, frozen=True):
    """A published version of a calendar, and the hash of its file's content."""

    organisation: str
    calendar: Calendar
    definition_sha256: str
    holiday_names: dict[str, str]


class PublishedPolicy(msgspec.Struct, frozen=True):
    """A published version of a policy, and the hash of its file's content."""

    policy: Policy
    definition_sha256: str


class Book(msgspec.Struct, frozen=True):
    """All that was published, by id: versions 1, 2, … in order, without gaps."""

    calendars: dict[str, tuple[PublishedCalendar, ...]] = msgspec.field(default_factory=dict)
    policies: dict[str, tuple[PublishedPolicy, ...]] = msgspec.field(default_factory=dict)

    def calendar(self, calendar_id: str, version: int | None = None) -> PublishedCalendar | None:
        """A version of a calendar, or its last one; None if there is none."""
        versions = self.calendars.get(calendar_id, ())
        return _pick(versions, version)

    def policy(self, policy_id: str, version: int | None = None) -> PublishedPolicy | None:
        """A version of a policy, or its last one; None if there is none."""
        versions = self.policies.get(policy_id, ())
        return _pick(versions, version)

    def in_force(self, policy_id: str, at: datetime) -> Policy | None:
        """The version of a policy that is in force at an instant; None if none is."""
        return in_force([published.policy for published in self.policies.get(policy_id, ())], at)


def in_force(versions: list[Policy], at: datetime) -> Policy | None:
    """Of a policy's versions, in order, the last one that has begun by an instant, unless it is over.

    No version begins before the version before it: publishing refuses that.
    """
    begun = [policy for policy in versions if policy.in_force_from <= at]
    if not begun:
        return None
    last = begun[-1]
    return last if last.in_force_until is None or at < last.in_force_until else None


def evolve(book: Book | None, fact: Fact[EventData]) -> Book:
    """The book after a fact; never fails on a fact that was decided."""
    book = book or Book()
    match fact.data:
        case CalendarPublished() as published:
            name = published.calendar.id
            calendar = PublishedCalendar(
                published.organisation,
                published.calendar,
                published.definition_sha256,
                published.holiday_names,
            )
            return Book({**book.calendars, name: (*book.calendars.get(name, ()), calendar)}, book.policies)
        case PolicyPublished() as published:
            name = published.policy.id
            policy = PublishedPolicy(published.policy, published.definition_sha256)
            return Book(book.calendars, {**book.policies, name: (*book.policies.get(name, ()), policy)})
        case other:
            raise TypeError(f"{type(other).__name__} is not an event of the book of service levels")


def _pick(versions: tuple[VersionT, ...], version: int | None) -> VersionT | None:
    if version is None:
        return versions[-1] if versions else None
    return versions[version - 1] if 1 <= version <= len(versions) else None
