"""Calendars, policies, and their events in a case: complete, so that no fold looks anything up."""

from __future__ import annotations

from datetime import date
from typing import Annotated, TypeAlias

import msgspec

from casecore.contract.cases import CaseEvent, Category, Level, Priority
from casecore.contract.enumeration import Enumeration
from casecore.contract.envelope import EventData, Instant
from casecore.contract.personal import Personal

Hours: TypeAlias = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]-(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)\Z",
        description="From a time of day until before another, such as 08:00-12:30 or 13:00-24:00.",
    ),
]
TargetPercent: TypeAlias = Annotated[int, msgspec.Meta(ge=1, le=99)]
TargetSeconds: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=10 * 366 * 86_400)]
"""A target, in seconds of opening hours: up to ten years, which is longer than any case should live."""


class Covers(Enumeration):
    """Which clocks a policy is about: those of the whole case, or those of one level."""

    END_TO_END = "end_to_end"
    LEVEL_0 = "level_0"
    LEVEL_1 = "level_1"
    PARTNER = "partner"

    @property
    def level(self) -> Level | None:
        """The level that it is about; None for the whole case."""
        return None if self is Covers.END_TO_END else Level(self.value)


class Clock(Enumeration):
    """What is measured: of a whole case its first response, each next reply and its resolution; of each level
    the time to assignment (`hand_over`) and the time at it (`level_time`)."""

    FIRST_RESPONSE = "first_response"
    NEXT_REPLY = "next_reply"
    RESOLUTION = "resolution"
    TIME_TO_ASSIGNMENT = "hand_over"
    TIME_AT_LEVEL = "level_time"


class OnChange(Enumeration):
    """What a change of priority or policy does to a clock that runs.

    It keeps its start and its pauses under the new target, or starts anew at the change.
    """

    KEEP = "keep"
    RESTART = "restart"


class Day(msgspec.Struct, frozen=True):
    """A day that is unlike its weekday; closed if it has no hours."""

    on: date
    hours: tuple[Hours, ...] = ()


class OffsetChange(msgspec.Struct, frozen=True):
    """From this instant on, local time is so many seconds ahead of UTC (behind, if negative)."""

    at: Instant
    offset_seconds: Annotated[int, msgspec.Meta(gt=-86_400, lt=86_400)]


class Calendar(msgspec.Struct, frozen=True):
    """Opening hours from `first_on` to `last_on`, both included, in local time.

    `weekly` has the hours of each weekday, Monday first. An exception goes before a holiday, and a holiday
    before the week. `offsets` hold the zone's changes as they were known when it was published; the first
    one holds from the beginning. `time_zone` is for people: nothing is computed from the name.
    """

    id: str
    version: int
    time_zone: str
    first_on: date
    last_on: date
    weekly: Annotated[tuple[tuple[Hours, ...], ...], msgspec.Meta(min_length=7, max_length=7)]
    offsets: Annotated[tuple[OffsetChange, ...], msgspec.Meta(min_length=1)]
    holidays: tuple[date, ...] = ()
    exceptions: tuple[Day, ...] = ()


class Match(msgspec.Struct, frozen=True, omit_defaults=True):
    """Which cases a policy is for: those that have one of the values in each field that has any."""

    categories: tuple[Category, ...] = ()
    priorities: tuple[Priority, ...] = ()
    topics: tuple[str, ...] = ()
    sellers: tuple[str, ...] = ()
    customers: tuple[str, ...] = ()


class Targets(msgspec.Struct, frozen=True):
    """A target for each priority, in seconds of opening hours. Zero is met only at once."""

    low: TargetSeconds
    normal: TargetSeconds
    high: TargetSeconds
    urgent: TargetSeconds


class ClockTerms(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a policy says of one clock.

    `warn_at_percent` are shares of the target, in percent, rising; from the first one on it is at risk.
    """

    clock: Clock
    targets: Targets
    pauses: bool = False
    warn_at_percent: tuple[TargetPercent, ...] = ()


class Policy(msgspec.Struct, frozen=True, omit_defaults=True):
    """What an organisation promises for the cases that match, with the calendar that it is measured by.

    In force for what happens from `in_force_from` until before `in_force_until`, or its next version.
    """

    id: str
    version: int
    organisation: str
    covers: Covers
    in_force_from: Instant
    clocks: tuple[ClockTerms, ...]
    calendar: Calendar
    in_force_until: Instant | None = None
    match: Match = Match()
    on_change: OnChange = OnChange.KEEP


class CalendarPublished(EventData, frozen=True, kw_only=True):
    """A version of a calendar was published; it never changes.

    When: `publish_calendar`, by an agent of the organisation, or of the vendor for it; versions count from 1
    without a gap.
    Why: service levels are measured in opening hours, and what was measured must not change with a time zone
    file.
    Then: policies of that organisation may name the version. A case carries its calendar in `policy_pinned`,
    so who reads cases needs no calendar.
    Fields: `definition_sha256` is the hash of what the file said, `holiday_names` say why a holiday is one,
    by its date such as 2026-12-25.
    """

    organisation: str
    calendar: Calendar
    definition_sha256: str
    holiday_names: dict[str, str] = msgspec.field(default_factory=dict)


class PolicyPublished(EventData, frozen=True, kw_only=True):
    """A version of a policy was published; it never changes, and touches no case that is there already.

    When: `publish_policy`, by the same, after the calendar version that it is measured by. A version comes
    into force no earlier than the one before it.
    Why: it is what an organisation promises, for which cases, and from when on.
    Then: a case that opens, or arrives at the organisation's level, while it is in force and matches gets
    `policy_pinned`. For cases that are there somebody has to pin it.
    Fields: `policy` is complete with its calendar; `definition_sha256` is the hash of what the file said.
    """

    policy: Policy
    definition_sha256: str


class PolicyPinned(CaseEvent, frozen=True, kw_only=True):
    """A policy came to hold for the case, complete with its calendar: no later version touches it.

    When: with the opening (a policy for whole cases) or the first arrival at an organisation's level, by the
    same command; or by `policy`, by an agent of the policy's organisation, with a `reason`; late too, also
    after the end.
    Why: with it the clocks follow from the case's own events alone, for ever.
    Then: the clocks that `policy.covers` names are measured by it. The first one for a level or the whole
    applies from the case's beginning; another one from its `occurred_at` on.
    Fields: `reason` is given where someone pinned it, and absent where it came with an opening or an arrival.
    """

    policy: Policy
    reason: Personal | None = None


class ServiceLevelEvent(CaseEvent, frozen=True, kw_only=True):
    """What every event about one clock of a case carries.

    `clock` is which one, by the policy `policy_id` in its `policy_version`, with a target of `target_seconds`
    of opening hours. `level` and `organisation` are those that the clock is about (no level: the whole case).
    `number` counts from 1 the clocks of one kind that follow each other, such as next replies. `due_at` is
    absent while the clock stands still. Instants and seconds are as they were known when it was recorded.
    """

    clock: Clock
    number: int
    policy_id: str
    policy_version: int
    organisation: str
    target_seconds: int
    due_at: Instant | None = None
    level: Level | None = None


class ServiceLevelWarned(ServiceLevelEvent, frozen=True, kw_only=True):
    """A clock has used that share of its target.

    When: the watch finds it, some seconds after it occurred, or later where the watch did not run. It
    occurred when the share was used up, so it may lie before other events of the case.
    Why: there is still time to act.
    Then: nothing of the case changes. Each `percent` comes once in each run of the clock; it is never
    withdrawn, since it was right by what was known.
    Fields: all that it says is as of when it occurred. `run_started_at` says to which run of the clock it
    belongs: a clock that starts from zero under new terms begins another run. Warnings recorded earlier lack
    it.
    """

    percent: TargetPercent
    run_started_at: Instant | None = None


class ServiceLevelMissed(ServiceLevelEvent, frozen=True, kw_only=True):
    """A clock has passed its target; it occurred when it fell due.

    When: the watch finds it, as a warning; so it may be recorded long after it occurred, as for an imported
    case.
    Why: a promise was broken, whether or not anybody looked.
    Then: it stays, whatever priority or policy the case gets. Only a fact that had happened in time and is
    recorded late takes it back: `service_level_miss_withdrawn`. A clock has one miss at a time.
    """


class ServiceLevelMissWithdrawn(ServiceLevelEvent, frozen=True, kw_only=True):
    """What was recorded as missed was not: something that had happened in time was recorded late.

    When: the watch finds it; it occurs when it is recorded.
    Why: what is recorded in the end does not depend on when anybody looked.
    Then: the last `service_level_missed` of that clock no longer counts; its fields are those of that miss.
    Where the clock is a miss at another instant, another `service_level_missed` follows.
    """
