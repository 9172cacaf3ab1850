"""Calendars and policies: read from files, published with their checks, and found again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, TypeVar

from casecore.app.application import Application
from casecore.app.command_context import CommandContext
from casecore.cases.refusals import PolicyUnknown
from casecore.cases.topics import TOPICS
from casecore.commands.batch import Answer
from casecore.contract.service_levels import Calendar, Policy
from casecore.contract.streams import SERVICE_LEVEL_BOOK
from casecore.decider.stored_facts import fact_of
from casecore.errors.kinds import InvalidInput, NotFound
from casecore.service_levels.book import Book, PublishedCalendar, PublishedPolicy, evolve
from casecore.service_levels.calendar_file import CalendarDefinition, calendar_sha256, read_calendar
from casecore.service_levels.commands import (
    PublishCalendar,
    PublishPolicy,
    ServiceLevelAction,
    ServiceLevelCommand,
)
from casecore.service_levels.decide import check_publisher
from casecore.service_levels.errors import InvalidServiceLevelFile
from casecore.service_levels.fixing import FixedCalendar, load_calendar, load_calendar_json
from casecore.service_levels.policy_checks import policy_faults
from casecore.service_levels.policy_file import (
    as_policy,
    calendar_path,
    policy_sha256,
    read_policy,
    read_policy_json,
)
from casecore.service_levels.refusals import CalendarNotPublished
from casecore.visibility.rules import CALENDAR, POLICY, Viewer, may_see

FoundT = TypeVar("FoundT", PublishedCalendar, PublishedPolicy)


class NotPublished(NotFound):
    """There is no such calendar or policy, or not that version."""


class CalendarFileNotPublished(InvalidInput):
    """A policy's calendar is not published, or with another content; `file` is where it is written."""

    def __init__(self, file: Path, message: str) -> None:
        super().__init__(message)
        self.file = file


class Publication(NamedTuple):
    """What was published, and the answer to the command."""

    id: str
    version: int
    answer: Answer


def read_book(app: Application, viewer: Viewer | None = None) -> Book:
    """All calendars and policies that were published, and that a viewer sees.

    Raises TablesMissing and DatabaseUnavailable.
    """
    book = Book()
    for stored in app.stream(SERVICE_LEVEL_BOOK):
        book = evolve(book, fact_of(stored))
    # No id is published for a second organisation: all versions of one are seen, or none is.
    calendars = {
        name: versions
        for name, versions in book.calendars.items()
        if may_see(viewer, CALENDAR, {"organisation": versions[0].organisation})
    }
    policies = {
        name: versions
        for name, versions in book.policies.items()
        if may_see(viewer, POLICY, {"organisation": versions[0].policy.organisation})
    }
    return Book(calendars, policies)


def load_calendar_file(file: Path) -> PublishedCalendar:
    """A calendar's file as it would be published, with holidays and clock changes as known now.

    Raises InvalidServiceLevelFile and OSError.
    """
    return _as_published(*load_calendar(file))


def publish_calendar(app: Application, file: Path, context: CommandContext) -> Publication:
    """Publish a calendar's file; raises as `load_calendar_file`, and the command's Refusal."""
    return _publish_calendar(app, load_calendar_file(file), context)


def publish_calendar_json(app: Application, raw: bytes, context: CommandContext) -> Publication:
    """Publish a calendar, which is as its file says, as JSON.

    Raises as `publish_calendar`, but no OSError.
    """
    return _publish_calendar(app, _as_published(*load_calendar_json(raw)), context)


def _as_published(definition: CalendarDefinition, fixed: FixedCalendar) -> PublishedCalendar:
    names = {on.isoformat(): name for on, name in fixed.holiday_names.items()}
    return PublishedCalendar(definition.organisation, fixed.calendar, fixed.definition_sha256, names)


def _publish_calendar(app: Application, read: PublishedCalendar, context: CommandContext) -> Publication:
    do = PublishCalendar(
        organisation=read.organisation,
        calendar=read.calendar,
        definition_sha256=read.definition_sha256,
        holiday_names=read.holiday_names,
    )
    return Publication(read.calendar.id, read.calendar.version, _publish(app, do, context))


def publish_policy(app: Application, file: Path, context: CommandContext) -> Publication:
    """Publish a policy's file, with its calendar as that was published before.

    Raises InvalidServiceLevelFile, CalendarFileNotPublished, InvalidInput, OSError, and the command's
    Refusal.
    """
    definition = read_policy(file, TOPICS)
    written_in = calendar_path(definition, file)
    policy = as_policy(definition, _published_as_written(written_in, definition.organisation, read_book(app)))
    return _publish_policy(app, policy, file.name, context)


def publish_policy_json(app: Application, raw: bytes, context: CommandContext) -> Publication:
    """Publish a policy, which is as its file says, as JSON, with a calendar that is published.

    Raises InvalidServiceLevelFile, and the command's Refusal.
    """
    definition, named = read_policy_json(raw, TOPICS)
    # Before the calendar is looked for: whose it is, and that it is there, is nobody else's business.
    check_publisher(context.actor, definition.organisation, app.settings.vendor)
    found = read_book(app).calendar(named.id, named.version)
    if found is None or found.organisation != definition.organisation:
        raise CalendarNotPublished(definition.id, named.id, named.version)
    return _publish_policy(app, as_policy(definition, found.calendar), "policy", context)


def _publish_policy(app: Application, policy: Policy, name: str, context: CommandContext) -> Publication:
    faults = policy_faults(policy, TOPICS)
    if faults:
        raise InvalidServiceLevelFile(name, faults)
    do = PublishPolicy(policy=policy, definition_sha256=policy_sha256(policy))
    return Publication(policy.id, policy.version, _publish(app, do, context))


def find_calendar(
    app: Application, calendar: str, version: int | None = None, viewer: Viewer | None = None
) -> PublishedCalendar:
    """A published calendar, by default its last version; raises NotPublished, also for one not seen."""
    return calendar_in(read_book(app, viewer), calendar, version)


def calendar_in(book: Book, calendar: str, version: int | None = None) -> PublishedCalendar:
    """The same in a book that is read already."""
    return _found("calendar", calendar, version, book.calendar(calendar, version), book.calendars)


def check_policy_of(app: Application, policy: str, version: int | None, organisation: str) -> None:
    """Raise PolicyUnknown unless it is published, and the organisation's own: of others' it hears nothing."""
    found = read_book(app).policy(policy, version)
    if found is None or found.policy.organisation != organisation:
        raise PolicyUnknown(f"policy {policy}" if version is None else f"version {version} of {policy}")


def find_policy(
    app: Application, policy: str, version: int | None = None, viewer: Viewer | None = None
) -> PublishedPolicy:
    """A published policy, by default its last version; raises NotPublished, also for one not seen."""
    return policy_in(read_book(app, viewer), policy, version)


def policy_in(book: Book, policy: str, version: int | None = None) -> PublishedPolicy:
    """The same in a book that is read already."""
    return _found("policy", policy, version, book.policy(policy, version), book.policies)


def published_calendars(app: Application, viewer: Viewer | None = None) -> list[PublishedCalendar]:
    """Every published version of every calendar that a viewer sees."""
    return [one for versions in read_book(app, viewer).calendars.values() for one in versions]


def published_policies(app: Application, viewer: Viewer | None = None) -> list[Policy]:
    """Every published version of every policy that a viewer sees."""
    return [one.policy for versions in read_book(app, viewer).policies.values() for one in versions]


def _publish(app: Application, do: ServiceLevelAction, context: CommandContext) -> Answer:
    return app.give(ServiceLevelCommand(do=do, **context.header()))


def _published_as_written(file: Path, organisation: str, book: Book) -> Calendar:
    """The published calendar that this file defines."""
    try:
        written = read_calendar(file)
    except OSError as error:
        raise InvalidInput(f"calendar: {file} cannot be read: {error.strerror}") from None
    name = f"version {written.version} of calendar {written.id}"
    if written.organisation != organisation:
        owners = f"{written.organisation!r}, and the policy to {organisation!r}"
        raise InvalidInput(f"calendar: {file.name} belongs to {owners}: take one of its own")
    published = book.calendar(written.id, written.version)
    if published is None:
        raise CalendarFileNotPublished(file, f"{name} is not published: publish {file} first")
    if published.definition_sha256 != calendar_sha256(written):
        last = len(book.calendars[written.id])
        raise CalendarFileNotPublished(
            file,
            f"{name} is published with another content than {file} has: make the file version {last + 1}, "
            "and publish it",
        )
    return published.calendar


def _found(
    kind: str,
    wanted: str,
    version: int | None,
    found: FoundT | None,
    published: Mapping[str, Sequence[FoundT]],
) -> FoundT:
    """What was found; raises NotPublished, which names what is published, where it is None."""
    if found is not None:
        return found
    if wanted in published:
        last = len(published[wanted])
        there = f"its versions are 1 to {last}" if last > 1 else "its only version is 1"
        raise NotPublished(f"{kind} {wanted} has no version {version}; {there}")
    names = ", ".join(sorted(published)) or "none"
    raise NotPublished(f"there is no {kind} {wanted}; published are: {names}")
