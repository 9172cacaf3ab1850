"""The tables of a policy file."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import msgspec

from casecore.contract.cases import Category, Priority
from casecore.contract.service_levels import Clock, Covers, OnChange, TargetPercent
from casecore.service_levels.policy_checks import MOST_MATCHED
from casecore.service_levels.tables import FileId, TomlTable, Version

Target: TypeAlias = Annotated[
    str, msgspec.Meta(description="A target is a duration in opening hours, such as PT4H or PT1H30M")
]
Since: TypeAlias = Annotated[
    str,
    msgspec.Meta(
        description="It is a date, such as 2026-01-01, or an instant, such as 2026-01-01T08:00:00+01:00"
    ),
]
Ids: TypeAlias = Annotated[tuple[FileId, ...], msgspec.Meta(max_length=MOST_MATCHED)]


class MatchTable(TomlTable, frozen=True, kw_only=True):
    """[match]: which cases the policy is for; a field that is left out, or is empty, restricts nothing."""

    categories: Annotated[tuple[Category, ...], msgspec.Meta(max_length=MOST_MATCHED)] = ()
    priorities: Annotated[tuple[Priority, ...], msgspec.Meta(max_length=MOST_MATCHED)] = ()
    topics: Ids = ()
    sellers: Ids = ()
    customers: Ids = ()


class TargetTable(TomlTable, frozen=True, kw_only=True):
    """A target for each priority."""

    low: Target
    normal: Target
    high: Target
    urgent: Target


class ClockTable(TomlTable, frozen=True, kw_only=True):
    """[clocks.NAME]: the target of one clock, whether it pauses while waiting, and when it warns."""

    target: Annotated[
        Target | TargetTable,
        msgspec.Meta(
            description="A target is a duration in opening hours, such as PT4H, "
            "or a table of one for each of low, normal, high, urgent"
        ),
    ]
    pauses: bool = False
    warn_at_percent: Annotated[tuple[TargetPercent, ...], msgspec.Meta(max_length=99)] = ()


class CalendarTable(TomlTable, frozen=True, kw_only=True):
    """[calendar]: a published version of a calendar."""

    id: FileId
    version: Version


class PolicyTable(TomlTable, frozen=True, kw_only=True):
    """A whole policy file."""

    id: FileId
    version: Version
    organisation: FileId
    covers: Covers
    in_force_from: Since
    in_force_until: Since | None = None
    calendar: Annotated[
        str,
        msgspec.Meta(
            pattern=r"^[^\x00]+\Z",  # which no path may hold
            description="A calendar is the path of its file, seen from this one's folder",
        ),
    ]
    on_change: OnChange = OnChange.KEEP
    match: MatchTable = MatchTable()
    clocks: dict[Clock, ClockTable]


class PolicyContent(PolicyTable, frozen=True, kw_only=True):
    """What a policy file says where there are no files: its calendar is one that is published."""

    calendar: CalendarTable  # type: ignore[assignment]
