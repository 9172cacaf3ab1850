"""The policy file: an organisation's promises as a person writes them, or in their published form."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path

import msgspec

from casecore.clocks.instants import instant
from casecore.clocks.open_hours import local_midnight
from casecore.contract.cases import Priority
from casecore.contract.service_levels import (
    Calendar,
    Clock,
    ClockTerms,
    Covers,
    Match,
    OnChange,
    Policy,
    Targets,
)
from casecore.service_levels.book import Book
from casecore.service_levels.calendar_checks import EARLIEST_ON, LATEST_ON
from casecore.service_levels.calendar_file import ReadCalendar, calendar_sha256, read_calendar
from casecore.service_levels.durations import read_duration
from casecore.service_levels.errors import FaultsFound, InvalidDuration, InvalidServiceLevelFile
from casecore.service_levels.fixing import fix
from casecore.service_levels.policy_checks import match_faults, policy_faults, terms_faults
from casecore.service_levels.policy_tables import (
    CalendarTable,
    ClockTable,
    MatchTable,
    PolicyContent,
    PolicyTable,
    TargetTable,
)
from casecore.service_levels.published_form import PUBLISHED_SUFFIX, read_published
from casecore.service_levels.tables import read_json, read_table

EMPTY = Book()
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True)
class PolicyDefinition:
    """The content of a policy file. A date means the first moment of that day in the calendar's zone."""

    id: str
    version: int
    organisation: str
    covers: Covers
    in_force_from: date | datetime
    in_force_until: date | datetime | None
    calendar: str
    on_change: OnChange
    match: Match
    clocks: tuple[ClockTerms, ...]


def read_policy(path: Path, topics: Collection[str]) -> PolicyDefinition:
    """The policy in this TOML file; raises InvalidServiceLevelFile with all faults, or OSError.

    Its calendar's file is not read.
    """
    if path.suffix == PUBLISHED_SUFFIX:
        fault = "is the published form, which is not published again: give the policy's file in TOML"
        raise InvalidServiceLevelFile(path.name, [fault])
    definition, faults = _read_definition(path, topics)
    if faults:
        raise InvalidServiceLevelFile(path.name, faults)
    return definition


def read_policy_json(raw: bytes, topics: Collection[str]) -> tuple[PolicyDefinition, CalendarTable]:
    """A policy as JSON, and the published calendar that it names; raises InvalidServiceLevelFile."""
    content = read_json(raw, PolicyContent, "policy")
    definition, faults = definition_of(content, content.calendar.id, topics)
    if faults:
        raise InvalidServiceLevelFile("policy", faults)
    return definition, content.calendar


def as_policy(definition: PolicyDefinition, calendar: Calendar) -> Policy:
    """The policy with its calendar in it. Nothing is checked (see `policy_checks.policy_faults`)."""
    until = definition.in_force_until
    return Policy(
        id=definition.id,
        version=definition.version,
        organisation=definition.organisation,
        covers=definition.covers,
        in_force_from=_moment(definition.in_force_from, calendar),
        in_force_until=None if until is None else _moment(until, calendar),
        clocks=definition.clocks,
        calendar=calendar,
        match=definition.match,
        on_change=definition.on_change,
    )


def load_policy(
    path: Path, topics: Collection[str], book: Book = EMPTY, read: ReadCalendar = read_calendar
) -> Policy:
    """A policy from a file, complete and checked; `read` reads its calendar's file.

    The file is TOML, whose calendar is taken from the book or else fixed now; or the JSON of a published
    policy, for which no time zone is looked up. Raises InvalidServiceLevelFile with all faults, or OSError.
    """
    if path.suffix == PUBLISHED_SUFFIX:
        policy = read_published(path)
        faults = policy_faults(policy, topics)
    else:
        definition, faults = _read_definition(path, topics)
        try:
            calendar = _load_calendar(definition, path, book, read)
        except FaultsFound as found:
            raise InvalidServiceLevelFile(path.name, [*faults, *found.faults]) from None
        # A definition with faults has default values, which would have faults of their own.
        policy = as_policy(definition, calendar)
        faults = faults or policy_faults(policy, topics)
    if faults:
        raise InvalidServiceLevelFile(path.name, faults)
    return policy


def calendar_path(definition: PolicyDefinition, path: Path) -> Path:
    """The path of the calendar of the policy in `path`."""
    return path.parent / definition.calendar


def _load_calendar(definition: PolicyDefinition, path: Path, book: Book, read: ReadCalendar) -> Calendar:
    """The calendar of the policy in `path`: as published, if the book has it with the content of the file, or
    else fixed now. Raises FaultsFound; each fault names the field."""
    file = calendar_path(definition, path)
    try:
        written = read(file)
        published = book.calendar(written.id, written.version)
        if published is None or published.definition_sha256 != calendar_sha256(written):
            calendar = fix(written).calendar
        else:
            calendar = published.calendar
    except FaultsFound as found:
        raise FaultsFound([f"calendar {definition.calendar}: {fault}" for fault in found.faults]) from None
    except InvalidServiceLevelFile as error:
        raise FaultsFound([f"calendar {definition.calendar}: {fault}" for fault in error.faults]) from None
    except OSError as error:
        why = error.strerror or str(error)
        raise FaultsFound([f"calendar: {definition.calendar!r} cannot be read at {file}: {why}"]) from None
    if written.organisation != definition.organisation:
        owners = f"belongs to {written.organisation!r}, and the policy to {definition.organisation!r}"
        raise FaultsFound([f"calendar: {definition.calendar} {owners}: give one of its own"])
    return calendar


def policy_sha256(policy: Policy) -> str:
    """The SHA-256 of a policy's content, in hexadecimal: of its canonical JSON, with sorted keys.

    Of its calendar, which never changes once published, only id and version count.
    """
    content = msgspec.to_builtins(policy)
    content["calendar"] = {"id": policy.calendar.id, "version": policy.calendar.version}
    if not content.get("match"):  # a missing match and an empty one mean the same
        content.pop("match", None)
    return sha256(msgspec.json.encode(content, order="sorted")).hexdigest()


def _read_definition(path: Path, topics: Collection[str]) -> tuple[PolicyDefinition, list[str]]:
    """The content of the file, and its faults; what cannot be read has a default value."""
    table = read_table(path, PolicyTable)
    return definition_of(table, table.calendar, topics)


def definition_of(
    table: PolicyTable, calendar: str, topics: Collection[str]
) -> tuple[PolicyDefinition, list[str]]:
    """The content of a policy's tables, and its faults; what cannot be read has a default value."""
    faults: list[str] = []
    clocks = [_terms(clock, table.clocks[clock], faults) for clock in Clock if clock in table.clocks]
    since = _read_since("in_force_from", table.in_force_from, faults)
    until = (
        None if table.in_force_until is None else _read_since("in_force_until", table.in_force_until, faults)
    )
    definition = PolicyDefinition(
        id=table.id,
        version=table.version,
        organisation=table.organisation,
        covers=table.covers,
        in_force_from=since,
        in_force_until=until,
        calendar=calendar,
        on_change=table.on_change,
        match=_match(table.match),
        clocks=tuple(clocks),
    )
    faults.extend(terms_faults(definition.covers, definition.clocks))
    faults.extend(match_faults(definition.covers, definition.organisation, definition.match, topics))
    return definition, faults


def _terms(clock: Clock, table: ClockTable, faults: list[str]) -> ClockTerms:
    where = f"clocks.{clock.value}.target"

    def seconds(place: str, text: str) -> int:
        try:
            return read_duration(text)
        except InvalidDuration as error:
            faults.append(f"{place}: {error}")
            return 0

    match table.target:
        case str() as text:
            one = seconds(where, text)
            targets = Targets(one, one, one, one)
        case TargetTable() as each:
            texts = msgspec.structs.asdict(each)
            targets = Targets(**{name: seconds(f"{where}.{name}", text) for name, text in texts.items()})
    return ClockTerms(clock, targets, table.pauses, table.warn_at_percent)


def _match(table: MatchTable) -> Match:
    """The match with its values in order: their order in the file has no meaning."""
    return Match(
        categories=tuple(sorted(table.categories, key=lambda category: category.value)),
        priorities=tuple(sorted(table.priorities, key=list(Priority).index)),
        topics=tuple(sorted(table.topics)),
        sellers=tuple(sorted(table.sellers)),
        customers=tuple(sorted(table.customers)),
    )


def _read_since(where: str, text: str, faults: list[str]) -> date | datetime:
    since = _date_or_instant(text)
    if since is None:
        faults.append(f"{where}: {text[:60]!r} is neither a date, such as 2026-01-01, nor an instant")
    elif isinstance(since, datetime) and since.tzinfo is None:
        faults.append(f"{where}: {text!r} names no offset from UTC: write {text}Z, {text}+01:00, or a date")
    elif not EARLIEST_ON.year <= since.year <= LATEST_ON.year:
        faults.append(f"{where}: {text!r} is not from {EARLIEST_ON} to {LATEST_ON}")
    elif isinstance(since, datetime):
        return since.astimezone(UTC)
    else:
        return since
    return EARLIEST_ON


def _date_or_instant(text: str) -> date | datetime | None:
    if not _DAY.match(text):  # Python reads weeks too, which TOML does not have
        return None
    for read in (date.fromisoformat, datetime.fromisoformat):
        try:
            return read(text)
        except ValueError:
            continue
    return None


def _moment(since: date | datetime, calendar: Calendar) -> datetime:
    if isinstance(since, datetime):
        return since
    return instant(local_midnight(calendar, since))
