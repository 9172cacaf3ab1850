"""What can be asked about promises: the policies and calendars that the identity's organisation published."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, NamedTuple, TypeAlias, TypeVar

import msgspec

from casecore.api.questions.from_store import from_store
from casecore.api.questions.page import AskedPage, asked_place, next_page, page_of
from casecore.api.questions.question import AnyQuestion, Asked, Question
from casecore.app.application import Application
from casecore.app.service_levels.policies_and_calendars import (
    find_calendar,
    find_policy,
    published_calendars,
    published_policies,
)
from casecore.contract.service_levels import Calendar, Covers, Match, Policy
from casecore.http.cursors import ListPage
from casecore.identity.identity import Scope
from casecore.service_levels.book import PublishedCalendar
from casecore.visibility.rules import Viewer

_SCOPES = (Scope.AGENT, Scope.ANALYST)

PromiseId: TypeAlias = Annotated[str, msgspec.Meta(max_length=200)]
PromiseVersion: TypeAlias = Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]
LineT = TypeVar("LineT", "PolicyLine", "CalendarLine")


class PromisesOf(AskedPage, frozen=True, kw_only=True):
    """How many at most, and where the list goes on."""


class PolicyOf(Asked, frozen=True, kw_only=True):
    """Which policy; its last version, unless one is named."""

    policy: PromiseId
    version: PromiseVersion | None = None


class CalendarOf(Asked, frozen=True, kw_only=True):
    """Which calendar; its last version, unless one is named."""

    calendar: PromiseId
    version: PromiseVersion | None = None


class PolicyLine(msgspec.Struct, frozen=True, kw_only=True):
    """A version of a policy: whose promise it is, for which cases, and when it is in force."""

    id: str
    version: int
    organisation: str
    covers: Covers
    in_force_from: datetime
    in_force_until: datetime | None
    calendar: str
    calendar_version: int
    match: Match


class CalendarLine(msgspec.Struct, frozen=True, kw_only=True):
    """A version of a calendar, and from which day until which it says when its organisation works."""

    id: str
    version: int
    organisation: str
    time_zone: str
    first_on: date
    last_on: date


class PolicyList(msgspec.Struct, frozen=True, kw_only=True):
    """Policies, each version, by id; `next` is the cursor of the next page, null if there is none."""

    policies: list[PolicyLine]
    next: str | None


class CalendarList(msgspec.Struct, frozen=True, kw_only=True):
    """Calendars, each version, by id; `next` is the cursor of the next page, null if there is none."""

    calendars: list[CalendarLine]
    next: str | None


class OnePolicy(msgspec.Struct, frozen=True, kw_only=True):
    """A policy, with its calendar, and the hash of what its file said."""

    policy: Policy
    definition_sha256: str


class OneCalendar(msgspec.Struct, frozen=True, kw_only=True):
    """A calendar: its hours, holidays and other days, why a holiday is one, and its file's hash."""

    organisation: str
    calendar: Calendar
    definition_sha256: str
    holiday_names: dict[str, str]


class _Place(NamedTuple):
    id: str
    version: int


def policies(app: Application, viewer: Viewer, asked: PromisesOf) -> PolicyList:
    """The published policies of the identity's organisation, each version."""
    found = from_store(app, lambda: published_policies(app, viewer))
    page = _page([_policy_line(one) for one in found], asked)
    return PolicyList(policies=page.rows, next=page.next)


def calendars(app: Application, viewer: Viewer, asked: PromisesOf) -> CalendarList:
    """The published calendars of the identity's organisation, each version."""
    found = from_store(app, lambda: published_calendars(app, viewer))
    page = _page([_calendar_line(one) for one in found], asked)
    return CalendarList(calendars=page.rows, next=page.next)


def policy(app: Application, viewer: Viewer, asked: PolicyOf) -> OnePolicy:
    """A published policy."""
    found = from_store(app, lambda: find_policy(app, asked.policy, asked.version, viewer))
    return OnePolicy(policy=found.policy, definition_sha256=found.definition_sha256)


def calendar(app: Application, viewer: Viewer, asked: CalendarOf) -> OneCalendar:
    """A published calendar."""
    found = from_store(app, lambda: find_calendar(app, asked.calendar, asked.version, viewer))
    return OneCalendar(**msgspec.structs.asdict(found))


def _page(lines: Sequence[LineT], asked: PromisesOf) -> ListPage[LineT]:
    after = asked_place(asked, _Place) or _Place("", 0)
    return page_of(asked, sorted((line for line in lines if _place(line) > after), key=_place), _place)


def _place(line: PolicyLine | CalendarLine) -> _Place:
    return _Place(line.id, line.version)


def _policy_line(one: Policy) -> PolicyLine:
    return PolicyLine(
        id=one.id,
        version=one.version,
        organisation=one.organisation,
        covers=one.covers,
        in_force_from=one.in_force_from,
        in_force_until=one.in_force_until,
        calendar=one.calendar.id,
        calendar_version=one.calendar.version,
        match=one.match,
    )


def _calendar_line(one: PublishedCalendar) -> CalendarLine:
    return CalendarLine(
        id=one.calendar.id,
        version=one.calendar.version,
        organisation=one.organisation,
        time_zone=one.calendar.time_zone,
        first_on=one.calendar.first_on,
        last_on=one.calendar.last_on,
    )


QUESTIONS: tuple[AnyQuestion, ...] = (
    Question("/v1/policies", _SCOPES, PromisesOf, PolicyList, policies, cursor=next_page),
    Question("/v1/policies/{policy}", _SCOPES, PolicyOf, OnePolicy, policy),
    Question("/v1/calendars", _SCOPES, PromisesOf, CalendarList, calendars, cursor=next_page),
    Question("/v1/calendars/{calendar}", _SCOPES, CalendarOf, OneCalendar, calendar),
)
